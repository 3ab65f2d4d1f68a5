"""The stop each position was opened with: R is measured by it, wherever the stop has gone since."""

from typing import Protocol

from agent_core.events import EventBus
from agent_core.store import Store
from agent_core.terminal.constants import TradeAction
from agent_core.terminal.events import PositionsChanged
from agent_core.terminal.models import Account, Position
from agent_core.trading.journal import OrderJournal

_SCHEMA = """
CREATE TABLE IF NOT EXISTS initial_stops (
    account TEXT NOT NULL,
    ticket INTEGER NOT NULL,
    stop REAL NOT NULL,
    PRIMARY KEY (account, ticket)
);
"""


class Accounts(Protocol):
    """Knows which account is connected."""

    @property
    def account(self) -> Account | None:
        """The present account."""


class InitialStops:
    """Knows what each open position risked at first: by the stop its order was sent with, else by the first one seen.

    What was seen is kept, so that R means the same when the program starts again.
    """

    def __init__(self, terminal: Accounts, journal: OrderJournal, store: Store, bus: EventBus) -> None:
        self._terminal, self._journal, self._store = terminal, journal, store
        store.apply_schema(_SCHEMA)
        self._account = ""
        self._stops: dict[int, float | None] = {}
        bus.subscribe(PositionsChanged, self._on_positions)

    def risk(self, position: Position) -> float | None:
        """Returns the distance in price from a position's entry to its first stop; None while it never had one.

        A stop that never could lose anything is none: nothing was risked by it.
        """
        self._follow_account()
        return _risk(position, self._stop_of(position))

    def _on_positions(self, event: PositionsChanged) -> None:
        self._follow_account()
        self._stops = {position.ticket: self._stop_of(position) for position in event.positions}

    def _follow_account(self) -> None:
        account = self._terminal.account
        key = account.key if account is not None else ""
        if key != self._account:
            self._account, self._stops = key, {}

    def _stop_of(self, position: Position) -> float | None:
        ticket = position.ticket
        if ticket not in self._stops:
            self._stops[ticket] = self._kept(ticket) or self._sent_with(position)
        stop = self._stops[ticket]
        if _risk(position, stop) is None and _risk(position, position.sl) is not None:
            stop = self._stops[ticket] = position.sl
            self._store.execute(
                "INSERT OR REPLACE INTO initial_stops VALUES (?, ?, ?)", (self._account, ticket, stop), durable=False
            )
        return stop

    def _sent_with(self, position: Position) -> float | None:
        entry = self._journal.opening(position.magic, self._account)
        # A pending order may have got another stop before it was filled.
        if entry is None or entry.request is None or entry.request["action"] != TradeAction.DEAL:
            return None
        return entry.request["sl"] or None

    def _kept(self, ticket: int) -> float | None:
        row = self._store.row(
            "SELECT stop FROM initial_stops WHERE account = ? AND ticket = ?", (self._account, ticket)
        )
        return None if row is None else float(row["stop"])


def _risk(position: Position, stop: float | None) -> float | None:
    distance = (position.price_open - stop) * position.side.sign if stop else 0.0
    return distance if distance > 0 else None

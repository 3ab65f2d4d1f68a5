"""Trailing stops: the stop follows the price at a distance and never goes back. They work while the program runs."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from agent_core.events import Event, EventBus
from agent_core.protocol.errors import ForexEliteError
from agent_core.store import Store
from agent_core.sync.events import AlertRaised
from agent_core.terminal.events import PositionsChanged
from agent_core.terminal.models import Account, Position, SymbolSpec
from agent_core.trading.models import OrderOutcome, OutcomeStatus
from agent_core.trading.numbers import decimal, snap_price

log = logging.getLogger(__name__)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS trailing_stops (
    account TEXT NOT NULL, ticket INTEGER NOT NULL, distance TEXT NOT NULL, PRIMARY KEY (account, ticket)
);
"""
#: A stop moves on when that gains at least this share of its distance: brokers don't like a change with every quote.
_STEP = Decimal("0.05")
#: After a refusal the stop rests for so long.
_REST_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class TrailingChanged(Event):
    """Which positions of the present account have a trailing stop, by ticket, and at which distance in price."""

    distances: dict[int, Decimal]


class Levels(Protocol):
    """The part of the desk that is needed."""

    async def move_stop(self, ticket: int, sl: Decimal) -> OrderOutcome:
        """Moves a position's stop towards its profit, never back."""


class Contracts(Protocol):
    """The part of the terminal that is needed."""

    @property
    def account(self) -> Account | None:
        """The account that is connected."""

    def known_symbol(self, broker_symbol: str) -> SymbolSpec | None:
        """The contract as last read."""


class TrailingStops:
    """Moves the stops of the positions that the trader chose, through the desk like any other change.

    The choice is kept, so trailing goes on when the program starts again; while it is closed, the stop stays at the
    broker where it was last.
    """

    def __init__(
        self, terminal: Contracts, desk: Levels, store: Store, bus: EventBus,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._terminal, self._desk, self._store, self._bus, self._clock = terminal, desk, store, bus, clock
        store.apply_schema(_SCHEMA)
        self._account = ""
        self._distances: dict[int, Decimal] = {}
        self._moving: dict[int, asyncio.Task[None]] = {}
        self._rests: dict[int, float] = {}
        self._told: set[tuple[int, str]] = set()
        self._seen: set[int] = set()
        bus.subscribe(PositionsChanged, self._on_positions)

    @property
    def distances(self) -> dict[int, Decimal]:
        """Distance in price of each trailing stop of the present account, by the position's ticket."""
        self._load()
        return dict(self._distances)

    def start(self, position: Position, distance: Decimal) -> None:
        """Lets a position's stop follow the price; the distance must be above zero."""
        self._load()
        self._distances[position.ticket] = distance
        self._store.execute(
            "INSERT OR REPLACE INTO trailing_stops VALUES (?, ?, ?)", (self._account, position.ticket, str(distance))
        )
        self._rests.pop(position.ticket, None)
        self._tell()
        self._follow(position)

    def stop(self, ticket: int) -> None:
        """Leaves a position's stop where it is."""
        self._load()
        if self._distances.pop(ticket, None) is not None:
            self._store.execute("DELETE FROM trailing_stops WHERE account = ? AND ticket = ?", (self._account, ticket))
            self._tell()

    async def close(self) -> None:
        """Waits for changes that are under way."""
        await asyncio.gather(*self._moving.values(), return_exceptions=True)

    def _load(self) -> None:
        account = self._terminal.account
        key = account.key if account is not None else ""
        if key == self._account:
            return
        self._account = key
        self._seen.clear()
        rows = self._store.rows("SELECT ticket, distance FROM trailing_stops WHERE account = ?", (key,))
        self._distances = {row["ticket"]: Decimal(row["distance"]) for row in rows}
        self._tell()

    def _tell(self) -> None:
        self._bus.publish(TrailingChanged(dict(self._distances)))

    def _on_positions(self, event: PositionsChanged) -> None:
        self._load()
        if not self._distances:
            return
        held = {position.ticket: position for position in event.positions}
        for ticket in list(self._distances):
            position = held.get(ticket)
            if position is not None:
                self._seen.add(ticket)
                self._follow(position)
            elif ticket in self._seen:  # it was open and is not any more
                self.stop(ticket)

    def _follow(self, position: Position) -> None:
        ticket, spec = position.ticket, self._terminal.known_symbol(position.symbol)
        if spec is None or ticket in self._moving or self._clock() < self._rests.get(ticket, 0.0):
            return
        stop = next_stop(position, self._distances[ticket], spec)
        if stop is None:
            return
        task = asyncio.get_running_loop().create_task(self._move(position, stop), name=f"trailing-{ticket}")
        self._moving[ticket] = task
        task.add_done_callback(lambda _task: self._moving.pop(ticket, None))

    async def _move(self, position: Position, stop: Decimal) -> None:
        try:
            outcome = await self._desk.move_stop(position.ticket, stop)
        except ForexEliteError as error:
            log.debug("The stop of %s can't follow now: %s", position.ticket, error.detail)
            self._rests[position.ticket] = self._clock() + _REST_SECONDS
            return
        if outcome.status is OutcomeStatus.DONE:
            return
        self._rests[position.ticket] = self._clock() + _REST_SECONDS
        if (position.ticket, outcome.message) not in self._told:
            self._told.add((position.ticket, outcome.message))
            text = f"The trailing stop of {position.symbol} ({position.ticket}) could not follow: {outcome.message}"
            self._bus.publish(AlertRaised("warning", text))


def next_stop(position: Position, distance: Decimal, spec: SymbolSpec) -> Decimal | None:
    """Returns where the stop belongs now, or None while it is right where it is: it never goes back."""
    if position.price_current <= 0 or distance <= 0:
        return None
    sign = position.side.sign
    stop = snap_price(decimal(position.price_current) - sign * distance, spec)
    if stop <= 0:
        return None
    step = max(decimal(spec.tick_size), distance * _STEP)
    return stop if position.sl is None or sign * (stop - decimal(position.sl)) >= step else None

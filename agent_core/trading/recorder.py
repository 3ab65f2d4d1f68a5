"""Writes the facts of trading into the event log, from where the cloud learns them."""

import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from agent_core.events import EventBus
from agent_core.sync.event_log import EventLog
from agent_core.terminal.constants import DealEntry
from agent_core.terminal.events import AccountChanged, DealsAdded, PositionsChanged
from agent_core.terminal.models import Account, Deal, Position
from agent_core.terminal.service import TerminalService
from agent_core.terminal.symbols import canonical_name
from agent_core.trading.journal import OrderJournal
from agent_core.trading.models import OrderOutcome
from agent_core.trading.numbers import decimal, money, units_of

#: Account numbers and open profit move with every quote; the log keeps one in this many seconds.
SNAPSHOT_SECONDS = 60.0


class FactRecorder:
    """Turns what happens into facts of the event log (kinds and members as `AgentEvent` lists them)."""

    def __init__(self, bus: EventBus, events: EventLog, terminal: TerminalService, journal: OrderJournal) -> None:
        self._events = events
        self._terminal = terminal
        self._journal = journal
        self._account_at = 0.0
        self._balance: tuple[int, str, float] | None = None
        self._positions_at = 0.0
        self._held: list[tuple[Any, ...]] = []
        bus.subscribe(AccountChanged, self._account_changed)
        bus.subscribe(PositionsChanged, self._positions_changed)
        bus.subscribe(DealsAdded, self._deals_added)

    def intent(self, data: dict[str, Any]) -> None:
        """An order is about to be sent."""
        self._events.append("order_intent", data)

    def outcome(self, result: OrderOutcome, *, instrument: str, side: str | None, units: Decimal | None) -> None:
        """An order ended."""
        self._events.append(
            "order_outcome",
            {
                "client_order_id": result.client_id,
                "status": result.status,
                "retcode": result.retcode,
                "message": result.message,
                "order_id": _text(result.order),
                "position_id": _text(result.position),
                "price": result.price,
                "lots": result.lots,
                "units": units,
                "instrument": instrument,
                "side": side,
            },
            at=result.at,
        )

    def decision(self, verdict: str, rule: str | None, message: str) -> None:
        """The risk guard spoke: "allowed", "refused", "locked", "flattened", "unlock asked" or "unlocked"."""
        self._events.append("risk_decision", {"verdict": verdict, "rule": rule, "message": message})

    def _account_changed(self, event: AccountChanged) -> None:
        account = event.account
        balance = (account.login, account.server, account.balance)
        if balance == self._balance and time.monotonic() - self._account_at < SNAPSHOT_SECONDS:
            return
        self._balance, self._account_at = balance, time.monotonic()
        self._events.append("account", _account_data(account))

    def _positions_changed(self, event: PositionsChanged) -> None:
        held = [(p.ticket, p.volume, p.sl, p.tp) for p in event.positions]
        if held == self._held and time.monotonic() - self._positions_at < SNAPSHOT_SECONDS:
            return
        self._held, self._positions_at = held, time.monotonic()
        self._events.append("positions", {"positions": [self._position_data(p) for p in event.positions]})

    def _deals_added(self, event: DealsAdded) -> None:
        for deal in event.deals:
            if deal.side is None:
                continue
            self._events.append("deal", self._deal_data(deal), at=deal.time)
            if deal.entry != DealEntry.IN:
                self._events.append("position_closed", self._closed_data(deal), at=deal.time)

    def _position_data(self, position: Position) -> dict[str, Any]:
        return {
            "position_id": str(position.ticket),
            "instrument": canonical_name(position.symbol),
            "side": position.side,
            "units": self.units(position.symbol, decimal(position.volume)),
            "open_price": position.price_open,
            "current_price": position.price_current,
            "pnl": money(position.profit + position.swap),
            "sl": position.sl,
            "tp": position.tp,
            "opened_at": position.time,
            "owner": self._journal.owner_of(position.magic),
        }

    def _deal_data(self, deal: Deal) -> dict[str, Any]:
        lots = decimal(deal.volume)
        return {
            "deal_id": str(deal.ticket),
            "order_id": str(deal.order),
            "position_id": str(deal.position_id),
            "instrument": canonical_name(deal.symbol),
            "side": deal.side,
            "entry": DealEntry(deal.entry).name.lower(),
            "lots": lots,
            "units": self.units(deal.symbol, lots),
            "price": deal.price,
            "profit": money(deal.profit),
            "commission": money(deal.commission + deal.fee),
            "swap": money(deal.swap),
        }

    def _closed_data(self, deal: Deal) -> dict[str, Any]:
        # The closing deal trades the other way round than the position did.
        return {
            "position_id": str(deal.position_id),
            "instrument": canonical_name(deal.symbol),
            "side": deal.side.opposite if deal.side is not None else None,
            "units": self.units(deal.symbol, decimal(deal.volume)),
            "price": deal.price,
            "pnl": money(deal.net),
        }

    def units(self, symbol: str, lots: Decimal) -> Decimal | None:
        """Units of the base currency, where the contract has been read."""
        spec = self._terminal.known_symbol(symbol)
        return None if spec is None else units_of(lots, spec)


def _account_data(account: Account) -> dict[str, Any]:
    digits = account.currency_digits
    return {
        "balance": money(account.balance, digits),
        "equity": money(account.equity, digits),
        "margin_used": money(account.margin, digits),
        "margin_available": money(account.margin_free, digits),
        "margin_level": None if account.margin_level is None else money(account.margin_level),
        "currency": account.currency,
        "account_number": str(account.login),
        "account_type": "live" if account.live else "demo",
        "as_of": datetime.now(UTC),
    }


def _text(ticket: int | None) -> str | None:
    return None if ticket is None else str(ticket)

"""The columns of the tables of positions, orders and history."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from agent_core.terminal.models import PendingOrder, Position, Side
from app import formatting
from app.language import tr
from app.trade.table_model import Column

Digits = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class PositionRow:
    """A position with the name of who opened it; empty for the trader's own hand.

    Attributes:
        trailing: Whether its stop follows the price.
        risk: Distance in price to the stop it was opened with; None while it never had one.
    """

    position: Position
    owner: str
    trailing: bool = False
    risk: float | None = None

    @property
    def profit(self) -> float:
        """Floating result with swap."""
        return self.position.profit + self.position.swap

    @property
    def r_multiple(self) -> float | None:
        """How many times its initial risk the price has moved; None while it never had a stop."""
        held = self.position
        return None if self.risk is None else (held.price_current - held.price_open) * held.side.sign / self.risk


def position_columns(digits: Digits, currency: Callable[[], str]) -> list[Column[PositionRow]]:
    """Returns the columns of open positions."""

    def price(pick: Callable[[Position], float | None]) -> Callable[[PositionRow], str]:
        return lambda row: formatting.price(pick(row.position), digits(row.position.symbol))

    return [
        Column("Symbol", lambda r: r.position.symbol, lambda r: r.position.symbol, 84, right=False, look="strong"),
        Column("Side", lambda r: _side(r.position.side), lambda r: r.position.side.value, 58, right=False,
               tone=lambda r: _side_tone(r.position.side), look="chip"),
        Column("Lots", lambda r: formatting.lots(r.position.volume), lambda r: r.position.volume, 56, total=_net_lots),
        Column("Open", price(lambda p: p.price_open), lambda r: r.position.price_open, 78, spare=2),
        Column("Price", price(lambda p: p.price_current), lambda r: r.position.price_current, 78, spare=5),
        Column("S/L", price(lambda p: p.sl), lambda r: (r.position.sl or 0.0, r.trailing), 78,
               tone=lambda r: "accent" if r.trailing else _given(r.position.sl), editable=True,
               export=lambda r: r.position.sl,
               tip=lambda r: tr("Trails the price while this program runs.") if r.trailing else ""),
        Column("T/P", price(lambda p: p.tp), lambda r: r.position.tp, 78, tone=lambda r: _given(r.position.tp),
               editable=True, spare=6),
        Column("Opened", lambda r: _when(r.position.time), lambda r: r.position.time.timestamp(), 110,
               export=lambda r: r.position.time.isoformat(), spare=1),
        Column("Owner", lambda r: r.owner or tr("Manual"), lambda r: r.owner, 128,
               tone=lambda r: "owner" if r.owner else "mute", look="small", spare=4),
        Column("R", lambda r: formatting.number(r.r_multiple, 2, signed=True), lambda r: r.r_multiple, 58,
               tone=lambda r: _result(r.r_multiple), spare=3),
        Column("P/L", lambda r: formatting.money(r.profit, 2, currency(), signed=True), lambda r: r.profit, 114,
               tone=lambda r: _result(r.profit), look="strong",
               total=lambda rows: _sum(sum(row.profit for row in rows), currency())),
        Column("", lambda _r: "", lambda r: r.position.ticket, 62, look="actions"),
    ]  # fmt: skip


def order_columns(digits: Digits, distance: Callable[[PendingOrder], float | None]) -> list[Column[PendingOrder]]:
    """Returns the columns of pending orders; `distance` tells the pips to the market."""

    def price(pick: Callable[[PendingOrder], float | None]) -> Callable[[PendingOrder], str]:
        return lambda order: formatting.price(pick(order), digits(order.symbol))

    return [
        Column("Symbol", lambda o: o.symbol, lambda o: o.symbol, 92, right=False, look="strong"),
        Column("Type", _order_kind, _order_kind, 96, right=False, tone=lambda o: _side_tone(o.side), look="chip"),
        Column("Lots", lambda o: formatting.lots(o.volume), lambda o: o.volume, 62),
        Column("Price", price(lambda o: o.price), lambda o: o.price, 84, editable=True),
        Column("Limit", price(lambda o: o.stop_limit_price), lambda o: o.stop_limit_price, 84,
               tone=lambda o: _given(o.stop_limit_price), spare=3),
        Column("S/L", price(lambda o: o.sl), lambda o: o.sl, 84, tone=lambda o: _given(o.sl), editable=True),
        Column("T/P", price(lambda o: o.tp), lambda o: o.tp, 84, tone=lambda o: _given(o.tp), editable=True,
               spare=5),
        Column("Distance", lambda o: _pips(distance(o)), distance, 90, spare=4),
        Column("Placed", lambda o: _when(o.time), lambda o: o.time.timestamp(), 110,
               export=lambda o: o.time.isoformat(), spare=1),
        Column("Expires", lambda o: formatting.day_and_time(o.expiration) if o.expiration else tr("Never"),
               lambda o: o.expiration.timestamp() if o.expiration else None, 110, tone=lambda _o: "dim", spare=2,
               export=lambda o: o.expiration.isoformat() if o.expiration else None),
        Column("", lambda _o: "", lambda o: o.ticket, 44, look="actions"),
    ]  # fmt: skip


def _side(side: Side | None) -> str:
    return tr(side.value.capitalize()) if side else "–"


def _side_tone(side: Side | None) -> str:
    return "dim" if side is None else "up" if side is Side.BUY else "down"


def _order_kind(order: PendingOrder) -> str:
    return tr(f"{order.side.value} {order.kind.value.replace('_', ' ')}".capitalize())


def _given(level: float | None) -> str:
    return "" if level is not None else "mute"


def _result(value: float | None) -> str:
    tone = formatting.tone(value)
    return "dim" if tone == "flat" else tone


def _net_lots(rows: Sequence[PositionRow]) -> tuple[str, str]:
    net = round(sum(row.position.volume * row.position.side.sign for row in rows), 8)
    sign = "+" if net > 0 else formatting.MINUS if net < 0 else ""
    return f"{sign}{formatting.lots(abs(net))}", _result(net)


def _sum(amount: float, currency: str) -> tuple[str, str]:
    return formatting.money(amount, 2, currency, signed=True), _result(round(amount, 2))


def _when(moment: datetime) -> str:
    local, today = moment.astimezone(), datetime.now().astimezone()
    return f"{local:%H:%M}" if local.date() == today.date() else formatting.day_and_time(moment)


def _pips(distance: float | None) -> str:
    return formatting.NONE if distance is None else tr(f"{formatting.number(distance, 1)} pips")

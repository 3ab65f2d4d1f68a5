"""The lines of positions, orders and the ticket with what stands on them: pips, money and R."""

from collections.abc import Mapping
from decimal import Decimal

from agent_core.terminal.models import Account, OrderKind, PendingOrder, Position, Side, SymbolSpec
from app import formatting
from app.chart.lines import LineKey, TradeLine, Zone
from app.language import tr
from app.trade.draft import level_money, pips_between
from app.trade.ticket import TicketLevels

Dropped = Mapping[LineKey, Decimal]


def position_lines(
    position: Position, spec: SymbolSpec, dropped: Dropped, account: Account | None, risk: float | None
) -> list[TradeLine]:
    """Returns the entry of a position with its result, and its stop and target as far as they are set or dragged.

    `risk` is the distance in price to the stop it was opened with, by which R is measured.
    """
    digits = account.currency_digits if account else 2
    result = formatting.money(position.profit + position.swap, digits, signed=True)
    name = f"{tr(position.side.value.capitalize())} {formatting.lots(position.volume)}  {result}"
    tone = "up" if position.side is Side.BUY else "down"
    entry = TradeLine(
        LineKey("entry", position.ticket), position.price_open, name, tone, dashed=False, draggable=True, anchored=True
    )
    lines = [entry]
    for kind, level in (("sl", position.sl), ("tp", position.tp)):
        key = LineKey(kind, position.ticket)
        price = float(dropped[key]) if key in dropped else level
        if price is not None:
            text = _level_text(kind, spec, position.side, (position.volume, position.price_open, price), digits)
            if risk is not None:
                text += _r_text((price - position.price_open) * position.side.sign / risk)
            tone = _tone(kind)
            if key in dropped and _too_close(kind, spec, position.side, position.price_current, price):
                text, tone = f"{text}  {tr('too close to the price')}", "warning"
            lines.append(TradeLine(key, price, text, tone, draggable=True, closable=True))
    return lines


def order_lines(order: PendingOrder, spec: SymbolSpec, dropped: Dropped, account: Account | None) -> list[TradeLine]:
    """Returns the price of a pending order, of a stop-limit its limit too, with stop and target."""
    digits = account.currency_digits if account else 2
    key = LineKey("order", order.ticket)
    price = float(dropped.get(key, Decimal(str(order.price))))
    kind = f"{order.side.value} {order.kind.value.replace('_', ' ')}".capitalize()
    name = f"{tr(kind)} {formatting.lots(order.volume)}"
    lines = [TradeLine(key, price, name, "accent", draggable=True, closable=True)]
    if order.stop_limit_price is not None:
        lines.append(TradeLine(LineKey("order.limit", order.ticket), order.stop_limit_price, tr("Limit"), "accent"))
    fill = order.stop_limit_price or price
    stop = dropped.get(LineKey("order.sl", order.ticket), order.sl)
    risk = (fill - float(stop)) * order.side.sign if stop is not None else 0.0
    for level_kind, level in (("sl", order.sl), ("tp", order.tp)):
        level_key = LineKey(f"order.{level_kind}", order.ticket)
        shown = float(dropped[level_key]) if level_key in dropped else level
        if shown is not None:
            text = _level_text(level_kind, spec, order.side, (order.volume, fill, shown), digits)
            if level_kind == "tp" and risk > 0:
                text += _r_text((shown - fill) * order.side.sign / risk)
            tone = _tone(level_kind)
            if level_key in dropped and _too_close(level_kind, spec, order.side, price, shown):
                text, tone = f"{text}  {tr('too close to the price')}", "warning"
            lines.append(TradeLine(level_key, shown, text, tone, draggable=True, closable=True))
    return lines


def ticket_lines(levels: TicketLevels, spec: SymbolSpec, account: Account | None) -> tuple[list[TradeLine], list[Zone]]:
    """Returns the plan of the ticket with its zones of risk and reward."""
    digits = account.currency_digits if account else 2
    entry, preview, side = float(levels.entry), levels.preview, levels.side
    lots = float(preview.lots) if preview else 0.0
    kind = levels.kind.value.replace("_", " ").lower()
    name = f"{tr(side.value.capitalize())} {formatting.lots(lots) if lots else '…'}  {tr(kind)}"
    pending = levels.kind is not OrderKind.MARKET
    key = LineKey("ticket.price" if levels.trigger is None else "ticket.limit_price")
    lines = [TradeLine(key, entry, name, "accent", dashed=False, draggable=pending, outlined=False)]
    if levels.trigger is not None:
        trigger, text = float(levels.trigger), tr("Trigger")
        lines.append(TradeLine(LineKey("ticket.price"), trigger, text, "accent", draggable=True, outlined=False))
    zones: list[Zone] = []
    for level_kind, level in (("sl", levels.sl), ("tp", levels.tp)):
        if level is None:
            continue
        costs = float(levels.commission) * lots if level_kind == "sl" else 0.0
        text = _level_text(level_kind, spec, side, (lots, entry, float(level)), digits, costs)
        if level_kind == "sl" and preview is not None and preview.risk_percent is not None:
            text += f"  {formatting.percent(preview.risk_percent)}"
        if level_kind == "tp" and levels.sl is not None and levels.sl != levels.entry:
            multiple = abs(float(level) - entry) / abs(float(levels.sl) - entry)
            text += f"  {formatting.number(multiple, 1)} R"
        key = LineKey(f"ticket.{level_kind}")
        lines.append(
            TradeLine(key, float(level), text, _tone(level_kind), draggable=True, closable=True, outlined=False)
        )
        zones.append(Zone(entry, float(level), reward=level_kind == "tp"))
    return lines, zones


def _level_text(
    kind: str, spec: SymbolSpec, side: Side, trade: tuple[float, float, float], digits: int, costs: float = 0.0
) -> str:
    lots, entry, level = trade
    pips = pips_between(spec, entry, level) * side.sign
    text = f"{kind.upper()}  {tr(f'{formatting.number(pips, 1, signed=True)} pips')}"
    if lots > 0:
        amount = level_money(spec, side, lots, entry, level) - costs
        text += f"  {formatting.money(amount, digits, signed=True)}"
    return text


def _r_text(multiple: float) -> str:
    return f"  {formatting.number(multiple, 1, signed=True)} R"


def _too_close(kind: str, spec: SymbolSpec, side: Side, reference: float, level: float) -> bool:
    """Whether the broker refuses a level: on the wrong side of the price, or inside the stops level."""
    away = (level - reference) * side.sign * (1 if kind == "tp" else -1)
    return away <= 0 or away < spec.stops_level * spec.point


def _tone(kind: str) -> str:
    return "down" if kind == "sl" else "up"

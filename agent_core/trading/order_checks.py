"""What stands against an order before it is sent: symbol, side, kind, price, stop and target."""

from decimal import Decimal

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.terminal.constants import OrderMode
from agent_core.terminal.models import OrderKind, Side, SymbolSpec, Tick, TradeMode
from agent_core.trading.models import Finding, OrderTicket
from agent_core.trading.numbers import decimal, price_text

_ORDER_MODES = {
    OrderKind.MARKET: OrderMode.MARKET,
    OrderKind.LIMIT: OrderMode.LIMIT,
    OrderKind.STOP: OrderMode.STOP,
    OrderKind.STOP_LIMIT: OrderMode.STOP_LIMIT,
}


def symbol_findings(ticket: OrderTicket, spec: SymbolSpec) -> list[Finding]:
    """What the symbol does not allow."""
    reasons = {
        TradeMode.DISABLED: f"The broker does not trade {spec.name}. Choose another symbol.",
        TradeMode.CLOSE_ONLY: f"In {spec.name} the broker only lets positions be closed. Choose another symbol.",
        TradeMode.LONG_ONLY: f"The broker only allows buying {spec.name}." if ticket.side is Side.SELL else "",
        TradeMode.SHORT_ONLY: f"The broker only allows selling {spec.name}." if ticket.side is Side.BUY else "",
    }
    findings = []
    if reason := reasons.get(spec.trade_mode):
        findings.append(Finding(ErrorCode.TRADE_DISABLED, reason, "symbol"))
    if not spec.order_mode & _ORDER_MODES[ticket.kind]:
        kind = ticket.kind.value.replace("_", " ").lower()
        text = f"The broker takes no {kind} orders for {spec.name}. Choose another type."
        findings.append(Finding(ErrorCode.ORDER_REFUSED, text, "kind"))
    return findings


def price_findings(ticket: OrderTicket, spec: SymbolSpec, tick: Tick) -> list[Finding]:
    """What is wrong with a pending order's prices, against the market."""
    if ticket.kind is OrderKind.MARKET:
        return []
    if ticket.price is None or ticket.price <= 0:
        return [Finding(ErrorCode.INVALID_PRICE, "Enter the price at which the order should stand.", "price")]
    findings = []
    market = decimal(tick.ask if ticket.side is Side.BUY else tick.bid)
    # A limit waits on the good side of the market, a stop on the bad one.
    above = (ticket.side is Side.BUY) == (ticket.kind is not OrderKind.LIMIT)
    if text := _too_close("price", ticket.price, market, spec, above=above):
        findings.append(Finding(ErrorCode.INVALID_PRICE, text, "price"))
    if ticket.kind is OrderKind.STOP_LIMIT:
        findings += _stop_limit_findings(ticket, ticket.price, spec)
    return findings


def level_findings(
    side: Side, spec: SymbolSpec, reference: Decimal, sl: Decimal | None, tp: Decimal | None
) -> list[Finding]:
    """What is wrong with stop and target.

    Args:
        side: Side of the position.
        spec: The symbol's contract.
        reference: Price at which the position would be closed now (bid of a buy, ask of a sell), or the price of a
            pending order.
        sl: Stop, if any.
        tp: Target, if any.
    """
    findings = []
    for name, field, level, above in (("stop", "sl", sl, side is Side.SELL), ("target", "tp", tp, side is Side.BUY)):
        if level is None:
            continue
        text = _too_close(name, level, reference, spec, above=above)
        if level <= 0:
            text = f"The {name} must be a price above zero."
        if text:
            findings.append(Finding(ErrorCode.INVALID_STOPS, text, field))
    return findings


def closing_price(side: Side, tick: Tick) -> Decimal:
    """Price at which a position of this side is closed."""
    return decimal(tick.bid if side is Side.BUY else tick.ask)


def refuse(*findings: Finding | None) -> None:
    """Raises the first finding, if there is one."""
    for finding in findings:
        if finding is not None:
            raise ForexEliteError(finding.code, finding.text, field=finding.field)


def _stop_limit_findings(ticket: OrderTicket, price: Decimal, spec: SymbolSpec) -> list[Finding]:
    limit = ticket.stop_limit_price
    if limit is None or limit <= 0:
        text = "Enter the limit price of the stop-limit order."
        return [Finding(ErrorCode.INVALID_PRICE, text, "stop_limit_price")]
    if (limit > price) if ticket.side is Side.BUY else (limit < price):
        where = "at or below" if ticket.side is Side.BUY else "at or above"
        text = f"The limit price must be {where} the stop price {price_text(price, spec.digits)}."
        return [Finding(ErrorCode.INVALID_PRICE, text, "stop_limit_price")]
    return []


def _too_close(name: str, level: Decimal, reference: Decimal, spec: SymbolSpec, *, above: bool) -> str:
    point = decimal(spec.point)
    distance = (level - reference) * (1 if above else -1)
    least = spec.stops_level * point
    if distance > 0 and distance >= least:
        return ""
    where, shown = "above" if above else "below", price_text(level, spec.digits)
    if least == 0:
        return f"The {name} {shown} must be {where} {price_text(reference, spec.digits)}."
    nearest = reference + least * (1 if above else -1)
    return f"The {name} {shown} must be {where} the price, at {price_text(nearest, spec.digits)} or further away."

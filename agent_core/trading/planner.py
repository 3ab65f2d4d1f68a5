"""Plans an order: reads contract, quote and account, sizes it, checks it, says what it would cost."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.terminal.models import Account, OrderKind, PendingOrder, Position, Side, SymbolSpec, Tick
from agent_core.terminal.service import TerminalService
from agent_core.trading.commission import Commission, CommissionBook
from agent_core.trading.models import Finding, LevelMode, OrderPreview, OrderTicket
from agent_core.trading.numbers import decimal, money, snap_price
from agent_core.trading.order_checks import closing_price, level_findings, price_findings, symbol_findings
from agent_core.trading.sizing import SizeQuestion, Sizing, loss_per_lot, profit_per_lot, size_order
from agent_core.trading.stops import with_prices


@dataclass(frozen=True, slots=True)
class Plan:
    """An order ready to be sent, unless there are findings. `ticket` has its levels as snapped prices.

    `entry` is where it is filled. Positions and orders are those of the whole account, read with its figures.
    """

    ticket: OrderTicket
    spec: SymbolSpec
    tick: Tick
    account: Account
    entry: Decimal
    sizing: Sizing
    margin: Decimal
    commission: Commission
    positions: list[Position]
    orders: list[PendingOrder]
    findings: tuple[Finding, ...]


class OrderPlanner:
    """Plans orders on a terminal."""

    def __init__(self, terminal: TerminalService, commissions: CommissionBook) -> None:
        self._terminal = terminal
        self._commissions = commissions

    async def plan(self, ticket: OrderTicket) -> Plan:
        """Reads what is needed and plans an order.

        Raises:
            ForexEliteError: the terminal can't be reached, or there is no such symbol or no price.
        """
        found = await self._terminal.snapshot(ticket.symbol)
        spec, tick, account = found.spec, found.tick, found.account
        commission = await self._commissions.of(account, spec.name)
        ticket = _snapped(ticket, spec)
        market = decimal(tick.ask if ticket.side is Side.BUY else tick.bid)
        pending = ticket.kind is not OrderKind.MARKET and ticket.price is not None and ticket.price > 0
        placed_at = ticket.price if pending and ticket.price is not None else market
        # A stop-limit order is filled at its second price.
        filled_at = ticket.stop_limit_price if ticket.kind is OrderKind.STOP_LIMIT else None
        entry = filled_at or placed_at
        ticket = with_prices(ticket, spec, entry, commission.per_lot)
        sizing = size_order(
            SizeQuestion(
                mode=ticket.size_mode,
                size=ticket.size,
                spec=spec,
                entry=entry,
                stop=ticket.sl,
                equity=decimal(account.equity),
                currency=account.currency,
                currency_digits=account.currency_digits,
                commission=commission.per_lot,
            )
        )
        reference = placed_at if pending else closing_price(ticket.side, tick)
        findings = [
            *symbol_findings(ticket, spec),
            *price_findings(ticket, spec, tick),
            *level_findings(ticket.side, spec, filled_at or reference, ticket.sl, ticket.tp),
            *sizing.findings,
        ]
        margin = Decimal(0)
        if sizing.lots > 0 and not sizing.findings:
            margin, short = await self._margin(ticket, spec, account, sizing.lots, entry)
            findings += short
        return Plan(
            ticket, spec, tick, account, entry, sizing, margin, commission,
            found.positions, found.orders, tuple(findings),
        )  # fmt: skip

    async def _margin(
        self, ticket: OrderTicket, spec: SymbolSpec, account: Account, lots: Decimal, entry: Decimal
    ) -> tuple[Decimal, list[Finding]]:
        try:
            needed = await self._terminal.margin(ticket.side, spec.name, float(lots), float(entry))
        except ForexEliteError as error:
            if error.code is ErrorCode.BROKER_UNAVAILABLE:
                raise
            return Decimal(0), []
        margin = money(needed, account.currency_digits)
        free = money(account.margin_free, account.currency_digits)
        if margin <= free:
            return margin, []
        text = (
            f"This order needs {margin:,} {account.currency} of margin; {free:,} are free. "
            "Lower the size or close something."
        )
        return margin, [Finding(ErrorCode.INSUFFICIENT_MARGIN, text, "size")]


def preview_of(plan: Plan, problems: Sequence[str], guard: str) -> OrderPreview:
    """Returns what a planned order would do, in the account's currency."""
    ticket, spec, lots, digits = plan.ticket, plan.spec, plan.sizing.lots, plan.account.currency_digits
    equity = decimal(plan.account.equity)
    risk = plan.sizing.risk_money
    reward = None
    if ticket.tp is not None:
        reward = money(profit_per_lot(spec, plan.entry, ticket.tp) * lots, digits)
    ask, bid = decimal(plan.tick.ask), decimal(plan.tick.bid)
    return OrderPreview(
        lots=lots,
        units=plan.sizing.units,
        price=plan.entry,
        risk_money=risk,
        risk_percent=None if risk is None or equity <= 0 else (risk / equity * 100).quantize(Decimal("0.01")),
        reward_money=reward,
        r_multiple=_r_multiple(plan.entry, ticket.sl, ticket.tp),
        margin=plan.margin,
        free_after=money(plan.account.margin_free, digits) - plan.margin,
        spread_cost=money(loss_per_lot(spec, ask, bid) * lots, digits),
        commission=money(plan.commission.per_lot * lots, digits),
        stop_pips=_pips(spec, plan.entry, ticket.sl),
        target_pips=_pips(spec, plan.entry, ticket.tp),
        formula=plan.sizing.formula,
        problems=tuple(problems),
        guard=guard,
        commission_note=plan.commission.note,
    )


def _snapped(ticket: OrderTicket, spec: SymbolSpec) -> OrderTicket:
    def snap(price: Decimal | None) -> Decimal | None:
        return None if price is None else snap_price(price, spec)

    return replace(
        ticket,
        price=snap(ticket.price),
        stop_limit_price=snap(ticket.stop_limit_price),
        sl=snap(ticket.sl) if ticket.sl_mode is LevelMode.PRICE else ticket.sl,
        tp=snap(ticket.tp) if ticket.tp_mode is LevelMode.PRICE else ticket.tp,
    )


def _pips(spec: SymbolSpec, entry: Decimal, level: Decimal | None) -> Decimal | None:
    return None if level is None else (abs(entry - level) / decimal(spec.pip)).quantize(Decimal("0.1"))


def _r_multiple(entry: Decimal, sl: Decimal | None, tp: Decimal | None) -> Decimal | None:
    risk = abs(entry - sl) if sl is not None else Decimal(0)
    return (abs(tp - entry) / risk).quantize(Decimal("0.01")) if tp is not None and risk else None

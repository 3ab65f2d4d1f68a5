"""What the trades of an account come to: curve, drawdown, profit factor, expectancy, and sums by what they share."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from agent_core.terminal.models import Deal
from app.history.trades import Trade


@dataclass(frozen=True, slots=True)
class Performance:
    """Figures in the account's currency; None where there is nothing to divide by.

    Attributes:
        profit_factor: What winners brought divided by what losers cost.
        expectancy: Mean result of a trade.
        drawdown: Deepest fall of the trading result below its peak, a positive amount.
        drawdown_percent: The same in percent of the balance at that peak.
    """

    trades: int
    net: float
    win_rate: float | None
    profit_factor: float | None
    expectancy: float | None
    drawdown: float
    drawdown_percent: float | None


@dataclass(frozen=True, slots=True)
class Group:
    """The closed trades of a day, a symbol or an owner."""

    name: str
    trades: int
    wins: int
    lots: float
    costs: float
    net: float


def balance_curve(deals: Iterable[Deal], balance: float) -> list[tuple[datetime, float]]:
    """Returns the balance after each deal from the first trade on, later deposits included.

    `balance` is the one after the last deal. What was paid in before the first trade is where the curve begins.
    """
    ordered = sorted(deals, key=lambda deal: (deal.time, deal.ticket))
    running = balance - sum(deal.net for deal in ordered)
    curve: list[tuple[datetime, float]] = []
    for deal in ordered:
        if deal.side is not None and not curve:
            curve.append((deal.time, running))
        running += deal.net
        if curve:
            curve.append((deal.time, running))
    return curve


def performance(trades: Sequence[Trade], deals: Iterable[Deal], balance: float) -> Performance:
    """Returns the figures of closed trades, and the drawdown over all their deals."""
    closed = [trade for trade in trades if trade.closed is not None]
    won = sum(trade.net for trade in closed if trade.net > 0)
    lost = -sum(trade.net for trade in closed if trade.net < 0)
    net = sum(trade.net for trade in closed)
    drawdown, percent = _drawdown(deals, balance)
    return Performance(
        trades=len(closed),
        net=net,
        win_rate=100 * sum(trade.net > 0 for trade in closed) / len(closed) if closed else None,
        profit_factor=won / lost if lost > 0 else None,
        expectancy=net / len(closed) if closed else None,
        drawdown=drawdown,
        drawdown_percent=percent,
    )


def groups(trades: Iterable[Trade], name_of: Callable[[Trade], str]) -> list[Group]:
    """Returns closed trades put together by a name."""
    found: dict[str, list[Trade]] = {}
    for trade in trades:
        if trade.closed is not None:
            found.setdefault(name_of(trade), []).append(trade)
    return [
        Group(
            name, len(members), sum(each.net > 0 for each in members), sum(each.lots for each in members),
            sum(each.costs for each in members), sum(each.net for each in members),
        )
        for name, members in found.items()
    ]  # fmt: skip


def day_of(trade: Trade) -> str:
    """Returns the local day a trade was closed on, as `2026-11-22`."""
    return f"{trade.closed.astimezone():%Y-%m-%d}" if trade.closed is not None else ""


def hour_of(trade: Trade) -> str:
    """Returns the local hour a trade was opened in, as `09:00`; that of its closing where the opening is not known."""
    moment = trade.opened or trade.closed
    return f"{moment.astimezone():%H}:00" if moment is not None else ""


def _drawdown(deals: Iterable[Deal], balance: float) -> tuple[float, float | None]:
    # Deposits and withdrawals are no result: they move the balance, and the peak with it.
    ordered = sorted(deals, key=lambda deal: (deal.time, deal.ticket))
    running = peak = balance - sum(deal.net for deal in ordered)
    deepest, percent = 0.0, None
    for deal in ordered:
        running += deal.net
        if deal.side is None:
            peak += deal.net
        peak = max(peak, running)
        if peak - running > deepest:
            deepest = peak - running
            percent = 100 * deepest / peak if peak > 0 else None
    return deepest, percent

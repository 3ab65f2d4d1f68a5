"""Deals, put together to trades: one line a position."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent_core.terminal.models import Deal, Side

_IN = 0


@dataclass(frozen=True, slots=True)
class Trade:
    """A position's deals in one line. `closed` and `price_close` are None while all of it is open.

    Attributes:
        lots: Volume that was opened.
        net: Profit with commission, swap and fees.
        magic: Magic number of its first deal, which tells its owner.
    """

    position: int
    symbol: str
    side: Side
    lots: float
    opened: datetime | None
    price_open: float | None
    closed: datetime | None
    price_close: float | None
    costs: float
    net: float
    comment: str
    magic: int = 0

    @property
    def duration(self) -> timedelta | None:
        """How long it was held; None while it is open, or when its opening lies before what was read."""
        return self.closed - self.opened if self.closed is not None and self.opened is not None else None


def trades_of(deals: Iterable[Deal]) -> list[Trade]:
    """Groups deals by their position, the latest first. Deposits and withdrawals are no trades."""
    groups: dict[int, list[Deal]] = {}
    for deal in deals:
        if deal.side is not None:
            groups.setdefault(deal.position_id, []).append(deal)
    trades = [_trade(position, sorted(group, key=lambda deal: deal.time)) for position, group in groups.items()]
    return sorted(trades, key=_last_time, reverse=True)


def _trade(position: int, deals: list[Deal]) -> Trade:
    opening = [deal for deal in deals if deal.entry == _IN]
    closing = [deal for deal in deals if deal.entry != _IN]
    first = deals[0]
    side = first.side or Side.BUY
    if not opening:
        side = side.opposite
    costs = sum(deal.costs for deal in deals)
    return Trade(
        position=position,
        symbol=first.symbol,
        side=side,
        lots=sum(deal.volume for deal in opening or closing),
        opened=opening[0].time if opening else None,
        price_open=_average(opening),
        closed=closing[-1].time if closing else None,
        price_close=_average(closing),
        costs=costs,
        net=sum(deal.profit for deal in deals) + costs,
        comment=first.comment,
        magic=first.magic,
    )


def _average(deals: list[Deal]) -> float | None:
    volume = sum(deal.volume for deal in deals)
    return sum(deal.price * deal.volume for deal in deals) / volume if volume else None


def _last_time(trade: Trade) -> datetime:
    moment = trade.closed or trade.opened
    assert moment is not None  # noqa: S101  # a trade has at least one deal
    return moment

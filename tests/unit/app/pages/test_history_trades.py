"""Deals become one line a position."""

from datetime import UTC, datetime, timedelta

import pytest

from agent_core.terminal.models import Deal, Side
from app.history.trades import trades_of
from app.shell.daily_loss import realised

START = datetime(2026, 11, 22, 9, tzinfo=UTC)


def _deal(ticket: int, side: Side | None, entry: int, volume: float, price: float, **more: float) -> Deal:
    return Deal(
        ticket=ticket, order=ticket, position_id=int(more.pop("position", 7)), symbol="EURUSD", side=side, entry=entry,
        volume=volume, price=price, profit=more.pop("profit", 0.0), commission=more.pop("commission", 0.0),
        swap=more.pop("swap", 0.0), fee=more.pop("fee", 0.0), time=START + timedelta(minutes=ticket), magic=0,
        comment="note" if entry == 0 else "",
    )  # fmt: skip


def test_partial_closes_are_one_trade() -> None:
    (trade,) = trades_of(
        [
            _deal(3, Side.SELL, 1, 0.4, 1.2, profit=40, commission=-1),
            _deal(1, Side.BUY, 0, 1.0, 1.1, commission=-2),
            _deal(2, Side.SELL, 1, 0.6, 1.15, profit=30, swap=-0.5),
        ]
    )
    assert (trade.side, trade.lots, trade.price_open) == (Side.BUY, 1.0, 1.1)
    assert trade.price_close == pytest.approx(1.17)
    assert trade.closed == START + timedelta(minutes=3)
    assert (trade.costs, trade.net) == (-3.5, 66.5)
    assert trade.comment == "note"


def test_an_open_position_has_no_close() -> None:
    (trade,) = trades_of([_deal(1, Side.SELL, 0, 0.1, 1.1)])
    assert (trade.closed, trade.price_close) == (None, None)


def test_a_close_whose_opening_is_too_old_still_knows_its_side() -> None:
    (trade,) = trades_of([_deal(1, Side.SELL, 1, 0.1, 1.1)])
    assert (trade.side, trade.opened, trade.lots) == (Side.BUY, None, 0.1)


def test_the_latest_comes_first_and_deposits_are_no_trades() -> None:
    deals = [
        _deal(1, Side.BUY, 0, 1, 1.1, position=1),
        _deal(2, Side.BUY, 0, 1, 1.1, position=2),
        _deal(3, None, 0, 0, 0, position=0, profit=5000),
        _deal(4, Side.SELL, 1, 1, 1.1, position=1, profit=-12, fee=-1),
    ]
    assert [trade.position for trade in trades_of(deals)] == [1, 2]
    assert realised(deals) == -13

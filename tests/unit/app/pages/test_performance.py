from datetime import UTC, datetime, timedelta

import pytest

from agent_core.terminal.models import Deal, Side
from app.history.columns import duration_text
from app.history.curve import round_step
from app.history.performance import balance_curve, day_of, groups, performance
from app.history.trades import trades_of

START = datetime(2026, 11, 20, 12, tzinfo=UTC)


def deal(
    ticket: int, side: Side | None, entry: int, profit: float = 0.0, symbol: str = "EURUSD", magic: int = 0
) -> Deal:
    return Deal(
        ticket, ticket, (ticket + 1) // 2, symbol, side, entry, 0.1, 1.1, profit, -0.5 if side else 0.0, 0.0, 0.0,
        START + timedelta(hours=ticket), magic, "",
    )  # fmt: skip


DEALS = [
    deal(0, None, 0, 10_000),
    deal(1, Side.BUY, 0), deal(2, Side.SELL, 1, 101.0),
    deal(3, Side.SELL, 0, symbol="USDJPY", magic=9), deal(4, Side.BUY, 1, -49.0, "USDJPY"),
    deal(5, Side.BUY, 0), deal(6, Side.SELL, 1, -9.0),
    deal(7, Side.BUY, 0),
]  # fmt: skip
BALANCE = 10_000 + 100 - 50 - 10 - 0.5


def test_the_curve_runs_from_the_first_trade_to_the_balance_now() -> None:
    curve = balance_curve(DEALS, BALANCE)
    assert [round(value, 2) for _at, value in curve][:3] == [10_000, 9999.5, 10_100]
    assert curve[-1][1] == pytest.approx(BALANCE)
    assert balance_curve([], 5.0) == []


def test_figures_count_closed_trades_only() -> None:
    seen = performance(trades_of(DEALS), DEALS, BALANCE)
    assert (seen.trades, seen.net) == (3, pytest.approx(40))
    assert seen.win_rate == pytest.approx(100 / 3)
    assert seen.profit_factor == pytest.approx(100 / 60)
    assert seen.expectancy == pytest.approx(40 / 3)
    assert seen.drawdown == pytest.approx(60.5)
    assert seen.drawdown_percent == pytest.approx(100 * 60.5 / 10_100)


def test_a_withdrawal_is_no_drawdown_and_nothing_has_no_figures() -> None:
    moved = [deal(0, None, 0, 10_000), deal(1, None, 0, -9_000)]
    seen = performance([], moved, 1_000)
    assert (seen.drawdown, seen.win_rate, seen.profit_factor, seen.expectancy) == (0, None, None, None)


def test_sums_by_symbol_owner_and_day() -> None:
    trades = trades_of(DEALS)
    found = {group.name: group for group in groups(trades, lambda trade: trade.symbol)}
    assert (found["EURUSD"].trades, found["EURUSD"].wins, found["EURUSD"].net) == (2, 1, pytest.approx(90))
    assert found["EURUSD"].lots == pytest.approx(0.2)
    # a closing deal may carry no magic number: the opening one tells the owner
    assert {group.name: group.net for group in groups(trades, lambda trade: str(trade.magic))}["9"] == pytest.approx(
        -50
    )
    assert sum(group.trades for group in groups(trades, day_of)) == 3


@pytest.mark.parametrize(
    ("seconds", "text"), [(45, "45 s"), (720, "12 min"), (11_100, "3 h 05"), (187_200, "2 d 4 h"), (-5, "0 s")]
)
def test_durations_are_short(seconds: int, text: str) -> None:
    assert duration_text(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize(
    ("least", "step", "digits"), [(0.7, 1, 0), (1.0, 1, 0), (2.4, 5, 0), (13, 20, 0), (0.03, 0.05, 2), (0.06, 0.1, 1)]
)
def test_the_curve_has_round_values_beside_it(least: float, step: float, digits: int) -> None:
    found, shown = round_step(least)
    assert (found, shown) == (pytest.approx(step), digits)

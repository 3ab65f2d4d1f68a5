"""The simulated strategy tester: every template trades, fills keep to their levels, the books add up."""

import pytest

from agent_core.mql.templates import strategy_templates
from agent_core.simulator.broker.valuation import Valuation
from agent_core.simulator.market.bars import Records
from agent_core.simulator.market.market import Market
from agent_core.simulator.market.sources import sources_for
from agent_core.simulator.market.symbols import SYMBOLS
from agent_core.simulator.options import SimulatorOptions
from agent_core.simulator.strategy import read_strategy
from agent_core.simulator.tester.account import BacktestAccount
from agent_core.simulator.tester.report import ReportHead, report_bytes
from agent_core.simulator.tester.simulation import simulate

START = 1_763_560_800
TEMPLATES = {template.name: template.source for template in strategy_templates()}


def market() -> Market:
    market = Market(sources_for(SimulatorOptions(seed=3, anchor=START)), START * 1000)
    market.advance(START * 1000)
    return market


def run(source: str, bars: Records | None = None, **inputs: str) -> BacktestAccount:
    prices = market()
    if bars is None:
        bars = prices.rates("EURUSD", 0x4001, START, 800)
    return simulate(read_strategy(source, inputs), SYMBOLS["EURUSD"], bars, Valuation(prices), 10_000.0, "EA")


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_trades_and_its_books_add_up(name: str) -> None:
    account = run(TEMPLATES[name])
    assert account.results
    assert account.trade is None
    assert account.balance == pytest.approx(account.deposit + sum(account.results), abs=0.02)
    directions = [deal.direction for deal in account.deals]
    assert directions == ["", *["in", "out"] * len(account.results)]
    assert account.equity_drawdown[0] >= account.balance_drawdown[0] > 0


def test_stops_and_targets_fill_exactly_at_their_level() -> None:
    source = "input double Lots = 0.1; // lots\ninput int StopLoss = 200; // points\n"
    source += "input int TakeProfit = 300; // points\ninput int Magic = 5;\n"
    account = run(source)
    closed = [deal for deal in account.deals if deal.comment[:2] in ("sl", "tp")]
    assert closed
    for deal in closed:
        assert deal.comment.split()[1] == f"{deal.price:.5f}"
        entry = account.deals[deal.ticket - 2]
        assert abs(deal.price - entry.price) == pytest.approx(0.002 if deal.comment[:2] == "sl" else 0.003, abs=1e-5)
        assert deal.volume == 0.1


def test_without_a_magic_number_it_does_not_trade() -> None:
    assert run("input int Nothing = 1;").results == []


def test_the_report_has_the_layout_of_the_real_one() -> None:
    account = run(TEMPLATES["donchian_trend"])
    head = ReportHead("S (Build 1)", "EA", "H1 (2025.01.01 - 2025.02.01)", {"A": "<1>"}, "C", "USD", "1:100", 800)
    data = report_bytes(head, account)
    assert data.startswith(b"\xff\xfe")
    text = data.decode("utf-16")
    assert "\r\n" in text
    assert "A=&lt;1&gt;" in text
    assert "10 000.00" in text

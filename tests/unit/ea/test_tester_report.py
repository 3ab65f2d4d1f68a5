"""Reports of the strategy tester are read by place: their words are in the terminal's language."""

import re
from decimal import Decimal

import pytest

from agent_core.ea.tester_report import ReportError, parse_report
from agent_core.mql.templates import strategy_templates
from agent_core.simulator.broker.valuation import Valuation
from agent_core.simulator.market.market import Market
from agent_core.simulator.market.sources import sources_for
from agent_core.simulator.market.symbols import SYMBOLS
from agent_core.simulator.options import SimulatorOptions
from agent_core.simulator.strategy import read_strategy
from agent_core.simulator.tester.report import ReportHead, report_bytes
from agent_core.simulator.tester.simulation import simulate
from agent_core.terminal.text_files import decode

START = 1_763_560_800


@pytest.fixture(scope="module")
def text() -> str:
    market = Market(sources_for(SimulatorOptions(seed=3, anchor=START)), START * 1000)
    market.advance(START * 1000)
    bars = market.rates("EURUSD", 0x4001, START, 300)
    strategy = read_strategy(strategy_templates()[0].source, {})
    account = simulate(strategy, SYMBOLS["EURUSD"], bars, Valuation(market), 1_234_567.89, "EA")
    return decode(report_bytes(ReportHead("S", "EA", "H1", {}, "C", "USD", "1:100", 300), account))


def test_a_report_in_any_language_is_read(text: str) -> None:
    german = re.sub(r">([A-Z][^<>]*?):?<", lambda match: f">Wörter {len(match[1])}:<", text)
    assert "Total Net Profit" not in german
    for page in (text, german, text.replace(" 234 ", "\u00a0234\u00a0")):
        report = parse_report(page)
        assert (report.bars, report.ticks) == (300, 1200)
        assert report.deals[0].balance == Decimal("1234567.89")
        assert report.deals[-1].balance == Decimal("1234567.89") + report.net_profit
        assert len(report.deals) == 1 + 2 * report.trades
        assert report.drawdown > 0
        assert 0 < report.drawdown_percent < 100
        assert report.gross_loss < 0 < report.gross_profit
        assert report.won <= report.trades


@pytest.mark.parametrize("part", ["", "<html><body>nothing</body>", "<table><tr><td>1</td></tr></table>"])
def test_what_is_no_report_is_refused(part: str) -> None:
    with pytest.raises(ReportError):
        parse_report(part)


def test_a_report_that_breaks_off_is_refused(text: str) -> None:
    with pytest.raises(ReportError):
        parse_report(text[: text.index("Profit Factor")])

"""Deployed EAs of the shipped templates trade in the simulated terminal as their inputs say."""

from pathlib import Path

import pytest

from agent_core.mql.templates import strategy_templates
from agent_core.simulator.broker.models import BUY
from agent_core.simulator.layout import layout_of_root
from agent_core.simulator.metaeditor.program import Program
from agent_core.simulator.strategy import Distance, read_strategy
from agent_core.simulator.terminal import terminal as terminal_module
from agent_core.simulator.terminal.charts import Chart, ExpertOnChart
from agent_core.simulator.terminal.expert import RunningExpert
from agent_core.simulator.terminal.terminal import Terminal

WEDNESDAY = 1_763_560_800_000
SOURCES = {template.name: template.source for template in strategy_templates()}


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    layout = layout_of_root(tmp_path)
    layout.create()
    monkeypatch.setattr(terminal_module, "server_now_msc", lambda: WEDNESDAY)
    terminal = Terminal(layout)
    terminal.switches.auto_trading = True
    terminal.advance()
    return terminal


def expert(terminal: Terminal, source: str, **inputs: str) -> RunningExpert:
    on_chart = ExpertOnChart("Trend", "Experts\\Trend.ex5", 5, {"FEPInstance": "abc", **inputs})
    program = Program(source, ("ForexElite\\Heartbeat.mqh",))
    running = RunningExpert(terminal, Chart(1, "EURUSD", "M5", on_chart), on_chart, program, allowed=True)
    running.start()
    return running


def trade(running: RunningExpert) -> None:
    running._next_trade = 0.0
    running.pulse()


def printed(terminal: Terminal) -> str:
    """What EAs have printed."""
    return next((terminal.layout.mql5 / "Logs").glob("*.log")).read_bytes().decode("utf-16")


@pytest.mark.parametrize("name", SOURCES)
def test_each_template_opens_and_closes_with_a_stop_under_its_magic_number(terminal: Terminal, name: str) -> None:
    running = expert(terminal, SOURCES[name], InpMagic="4711", InpFromHour="0", InpToHour="0")
    trade(running)
    (position,) = terminal.ledger.positions.values()
    assert position.magic == 4711
    sign = 1 if position.type == BUY else -1
    assert sign * (position.price_open - position.sl) > 0
    strategy = read_strategy(SOURCES[name], {})
    assert (position.tp > 0) == (strategy.target.value > 0)
    risk = -terminal.broker.valuation.profit(
        terminal_module.SYMBOLS["EURUSD"], position.type, position.volume, position.price_open, position.sl
    )
    assert strategy.risk_percent * 100 * 0.7 < risk <= strategy.risk_percent * 100 * 1.05
    trade(running)
    assert not terminal.ledger.positions
    assert [deal.magic for deal in terminal.ledger.deals.values()][1:] == [4711, 4711]
    assert "request executed [10009]" in printed(terminal)
    beat = (terminal.layout.mql5 / "Files" / "FEP" / "evt" / "hb_abc.json").read_text(encoding="utf-8")
    assert '"magic": 4711' in beat
    terminal.close()


OWN = """
input double Lots       = 0.10;
input int    StopLoss   = 300;   // points
input double TakeProfit = 60;    // pips
input int    MaxSpread  = 0;
input ulong  MagicNumber = 99;
"""


def test_fixed_lots_points_and_pips_are_honoured(terminal: Terminal) -> None:
    trade(expert(terminal, OWN, Lots="0.25", StopLoss="450"))
    (position,) = terminal.ledger.positions.values()
    assert (position.volume, position.magic) == (0.25, 99)
    assert abs(position.price_open - position.sl) == pytest.approx(0.0045, abs=2e-5)
    assert abs(position.tp - position.price_open) == pytest.approx(0.0060, abs=2e-5)
    terminal.close()


def test_a_wide_spread_and_a_risk_too_small_keep_it_out(terminal: Terminal) -> None:
    trade(expert(terminal, OWN, MaxSpread="1"))
    trade(expert(terminal, SOURCES["donchian_trend"], InpRiskPercent="0.001"))
    trade(expert(terminal, "input int Nothing = 1;"))
    assert not terminal.ledger.positions
    terminal.close()


def test_a_closed_market_refuses_and_it_says_so(terminal: Terminal) -> None:
    running = expert(terminal, OWN)
    trade(running)
    terminal.market.set_open(False)
    trade(running)
    assert "close position #" in printed(terminal)
    assert "market closed [10018]" in printed(terminal)
    assert len(terminal.ledger.positions) == 1
    terminal.market.set_open(True)
    trade(running)
    assert not terminal.ledger.positions
    terminal.close()


@pytest.mark.parametrize(
    ("from_hour", "to_hour", "enters"),
    [(0, 1, True), (-7, 0, False), (1, 6, False), (6, 1, True), (1, 0, False), (0, 0, True)],
)
def test_it_enters_in_its_session_only(terminal: Terminal, from_hour: int, to_hour: int, enters: bool) -> None:
    """The hours are counted from the present one."""
    now = terminal.market.now_msc // 3_600_000
    hours = [str((now + hour) % 24) for hour in (from_hour, to_hour)]
    trade(expert(terminal, SOURCES["moving_average_cross"], InpFromHour=hours[0], InpToHour=hours[1]))
    assert len(terminal.ledger.positions) == int(enters)
    assert (f"its session is from {hours[0]} to {hours[1]}" in printed(terminal)) is not enters
    terminal.close()


def test_units_come_from_names_and_comments() -> None:
    strategy = read_strategy(SOURCES["london_breakout"], {"InpTargetR": "2.5"})
    assert strategy.target == Distance(2.5, "risk")
    assert read_strategy(SOURCES["rsi_mean_reversion"], {"InpStopAtr": "3"}).stop == Distance(3.0, "atr")
    assert read_strategy(SOURCES["atr_trailing"], {}).stop == Distance(3.0, "atr")

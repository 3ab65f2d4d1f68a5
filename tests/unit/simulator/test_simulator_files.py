"""Chart files, command lines, folders and journals of the simulated programs."""

from pathlib import Path

import pytest

from agent_core.ea.chart_files import ChartExpert, chart_bytes, template_bytes
from agent_core.ea.journal import JournalTail
from agent_core.simulator.install import install
from agent_core.simulator.layout import folder_hash
from agent_core.simulator.metaeditor.command_line import parse_switches, split_switches
from agent_core.simulator.options import SimulatorOptions
from agent_core.simulator.terminal.charts import Chart, ExpertOnChart, Profile, parse_chart_file
from agent_core.simulator.terminal.journal import ERROR, Journal


def test_the_data_folder_is_named_as_metatrader_does() -> None:
    assert folder_hash(Path(r"C:\Program Files\MetaTrader 5")) == "D0E8209F77C8CF37AD8BF550E51FF075"


def test_installing_again_keeps_the_start_of_the_market(tmp_path: Path) -> None:
    first = install(tmp_path, SimulatorOptions(seed=3))
    before = SimulatorOptions.load(first)
    second = install(tmp_path, SimulatorOptions(seed=3, speed=2.0))
    after = SimulatorOptions.load(second)
    assert second == first
    assert (after.anchor, after.speed) == (before.anchor, 2.0)
    origin = (first.data / "origin.txt").read_bytes()
    assert origin.decode("utf-16") == str(first.executable.parent)


def test_charts_survive_in_the_profile(tmp_path: Path) -> None:
    profile = Profile(install(tmp_path, SimulatorOptions()))
    expert = ExpertOnChart("cross", "Experts\\F\\cross.ex5", 5, {"InpMagic": "5", "FEPInstance": "abc"})
    charts = [Chart(7, "EURUSD", "H4", expert, "abc"), Chart(8, "GBPUSD", "MN1")]
    profile.save(charts)
    assert profile.load() == charts
    profile.save(charts[1:])
    assert profile.load() == charts[1:]


def test_the_agents_own_templates_are_understood() -> None:
    expert = ChartExpert("cross", allow_trading=False, inputs={"InpName": "a=b", "FEPInstance": "x"})
    chart, found, instance = parse_chart_file(template_bytes(expert))
    assert found == ExpertOnChart(
        "cross", "Experts\\ForexElitePro\\cross.ex5", 4, {"InpName": "a=b", "FEPInstance": "x"}
    )
    assert not found.trading_allowed
    assert (instance, "symbol" in chart) == ("", False)
    chart, found, _ = parse_chart_file(chart_bytes(5, "USDJPY", "D1", expert))
    assert (chart["id"], chart["symbol"], chart["period_type"], chart["period_size"]) == ("5", "USDJPY", "1", "24")


@pytest.mark.parametrize(
    ("line", "understood"),
    [
        (r'/compile:"C:\a b\x.mq5" /log:"C:\a b\x.log"', True),
        (r"/portable /compile:C:\ab\x.mq5 /log /s", True),
        (r'"/compile:C:\a b\x.mq5"', False),
        (r"/log", False),
        (r"C:\x.mq5", False),
    ],
)
def test_metaeditors_command_lines(line: str, understood: bool) -> None:
    assert (parse_switches(split_switches(line)) is not None) is understood


def test_metaeditors_switches() -> None:
    command = parse_switches(split_switches('/portable /compile:"C:\\a b\\x.mq5" /inc:"D:\\MQL5" /log /s'))
    assert command is not None
    assert (str(command.target), str(command.include), command.log) == ("C:\\a b\\x.mq5", "D:\\MQL5", "")
    assert command.portable
    assert command.syntax_only


def test_the_agent_reads_the_journal(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    tail = JournalTail(tmp_path)
    journal.write("Experts", "expert größe (EURUSD,H1) loaded successfully")
    journal.write("Experts", "initializing of x (EURUSD,H1) failed with code 1", ERROR)
    lines = tail.read()
    assert [(line.level, line.source) for line in lines] == [("info", "Experts"), ("error", "Experts")]
    assert lines[0].message == "expert größe (EURUSD,H1) loaded successfully"

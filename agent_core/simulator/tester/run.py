"""A terminal that was started to test an EA: reads the [Tester] section, writes report and journal, and ends."""

import calendar
import time
from datetime import UTC, datetime
from pathlib import PureWindowsPath

from agent_core.simulator import constants
from agent_core.simulator.broker.valuation import Valuation
from agent_core.simulator.layout import Layout
from agent_core.simulator.market.clock import server_msc, server_now_msc
from agent_core.simulator.market.market import Market
from agent_core.simulator.market.sources import sources_for
from agent_core.simulator.market.symbols import SYMBOLS
from agent_core.simulator.metaeditor.program import load_program
from agent_core.simulator.options import SimulatorOptions
from agent_core.simulator.strategy import read_strategy
from agent_core.simulator.terminal.journal import ERROR, Journal
from agent_core.simulator.terminal.start_config import StartConfig
from agent_core.simulator.terminal.switches import decode_text
from agent_core.simulator.tester.report import ReportHead, report_bytes
from agent_core.simulator.tester.simulation import simulate

NO_ACCOUNT, NO_PROGRAM, NO_SYMBOL = -1000012353, -1000012355, -1000012358
_REASONS = {
    NO_ACCOUNT: "tester account is not specified",
    NO_PROGRAM: "tester EX5 not found",
    NO_SYMBOL: "tester symbol does not exist",
}
_SERVER, _COMPANY = "ForexElite-Demo (Build 5833)", "MetaQuotes Ltd."


def run_tester(layout: Layout, config: StartConfig) -> int:
    """Runs the test and returns the terminal's exit code."""
    journal = Journal(layout.data / "logs")
    journal.write("Tester", "automatical testing started")
    code = _test(layout, config, Journal(layout.data / "Tester" / "logs"))
    if code:
        journal.write("Terminal", f"shutdown with {code} ({_REASONS[code]})", ERROR)
        return code
    journal.write("Tester", "automatical testing finished")
    journal.write("Terminal", "shutdown with 0")
    return 0


def _test(layout: Layout, config: StartConfig, log: Journal) -> int:
    tester = config.section("Tester")
    relative = PureWindowsPath(tester["expert"])
    program = load_program(layout.mql5.joinpath("Experts", *relative.parts).with_suffix(".ex5"))
    if not (tester.get("login") or config.section("Common").get("login")):
        return NO_ACCOUNT
    if program is None:
        return NO_PROGRAM
    symbol = SYMBOLS.get(tester.get("symbol", ""))
    if symbol is None:
        return NO_SYMBOL
    options = SimulatorOptions.load(layout)
    market = Market(sources_for(options), server_msc(options.anchor))
    market.advance(server_now_msc())
    timeframe = getattr(constants, f"TIMEFRAME_{tester.get('period', 'H1')}")
    since, until = _day(tester["fromdate"]), _day(tester["todate"])
    bars = market.rates(symbol.name, timeframe, until - 1, None, since)
    inputs = _parameters(layout, tester.get("expertparameters", ""))
    deposit = float(tester.get("deposit", "10000"))
    currency, leverage = tester.get("currency", "USD"), tester.get("leverage", "1:100")
    if len(bars) < 2:
        log.write("Tester", f"{symbol.name}: no history from {tester['fromdate']} to {tester['todate']}", ERROR)
        return 0
    started = time.monotonic()
    valuation = Valuation(market, currency, int(leverage.partition(":")[2] or 100))
    account = simulate(read_strategy(program.source, inputs), symbol, bars, valuation, deposit, relative.name)
    log.write("Tester", f"final balance {account.balance:.2f} {currency}")
    title = f"{symbol.name},{tester.get('period', 'H1')}"
    log.write("Tester", f"{title}: {len(bars) * 4} ticks, {len(bars)} bars generated. Test passed in "
              f"{time.strftime('%H:%M:%S', time.gmtime(time.monotonic() - started))}")  # fmt: skip
    period = f"{tester.get('period', 'H1')} ({tester['fromdate']} - {tester['todate']})"
    head = ReportHead(_SERVER, relative.name, period, inputs, _COMPANY, currency, leverage, len(bars))
    _write_report(layout, tester.get("report", ""), report_bytes(head, account))
    return 0


def _write_report(layout: Layout, name: str, content: bytes) -> None:
    """Writes the report below the data folder; an absolute path, or a folder that is not there, is silently ignored."""
    path = layout.data.joinpath(*PureWindowsPath(name).parts)
    if name and not PureWindowsPath(name).is_absolute() and not name.startswith("/") and path.parent.is_dir():
        path.with_name(path.name + ".htm").write_bytes(content)


def _parameters(layout: Layout, name: str) -> dict[str, str]:
    path = layout.mql5 / "Profiles" / "Tester" / name
    if not name or not path.is_file():
        return {}
    lines = (line.partition("=") for line in decode_text(path.read_bytes()).splitlines() if not line.startswith(";"))
    return {key.strip(): value.partition("||")[0] for key, equals, value in lines if equals}


def _day(text: str) -> int:
    return calendar.timegm(datetime.strptime(text, "%Y.%m.%d").replace(tzinfo=UTC).timetuple())

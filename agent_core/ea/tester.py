"""Runs MetaTrader's strategy tester in a terminal of its own, so that the trader's is left in peace.

The tester needs a data folder for itself: a portable copy of the installation, which never trades (its start file
forbids it). One test at a time.
"""

import asyncio
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from agent_core.ea.chart_files import EXPERTS_FOLDER
from agent_core.ea.files import replace_file
from agent_core.ea.inputs import set_bytes
from agent_core.ea.journal import JournalTail
from agent_core.ea.launch import end_installed, file_switches, start_installed
from agent_core.ea.progress import Progress
from agent_core.ea.tester_report import BacktestReport, ReportError, parse_report
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.terminal.models import Account, TerminalInstall
from agent_core.terminal.text_files import decode, utf16

TEST_SECONDS = 900.0
#: A terminal that updates itself ends at once, and runs the test when it is back.
UPDATE_SECONDS = 60.0
_STEP_SECONDS = 0.1
_REPORT_FOLDER = "reports"
_COPIED = {".exe", ".dll", ".dat"}
_SETTINGS = ("accounts.dat", "servers.dat", "common.ini", "terminal.ini")
_MODELS = {"every_tick": 0, "m1_ohlc": 1, "open_prices": 2}


@dataclass(frozen=True, slots=True)
class BacktestSetting:
    """What is tested. `to_date` is the first day that no longer is; `inputs` as in a .set file."""

    expert: str
    symbol: str
    timeframe: str
    from_date: date
    to_date: date
    deposit: Decimal
    model: str
    inputs: Mapping[str, str] = field(default_factory=dict)


class StrategyTester:
    """The tester of this computer.

    Args:
        folder: Where the copies of installations lie.
        launcher: Put before an .exe where Windows does not run it itself.
    """

    def __init__(self, folder: Path, launcher: Sequence[str] = ()) -> None:
        self._folder = folder
        self._launcher = tuple(launcher)
        self._one_at_a_time = asyncio.Lock()

    async def run(
        self, install: TerminalInstall, account: Account, program: Path, setting: BacktestSetting, progress: Progress
    ) -> BacktestReport:
        """Tests a program and returns the report. Cancelling ends the tester.

        Raises:
            ForexEliteError: the tester can't be started, takes too long, or reports nothing.
        """
        async with self._one_at_a_time:
            progress(0.1, "Preparing a terminal for the test")
            try:
                copy = await asyncio.to_thread(self._copy, install)
                report, start_file = await asyncio.to_thread(_write_files, copy, account, program, setting)
            except OSError as error:
                raise ForexEliteError(
                    ErrorCode.CONFLICT,
                    f"The folder for strategy tests {self._folder} can't be written ({error.strerror}). Check its "
                    "permissions and free space, then test again.",
                ) from error
            tail = JournalTail(copy / "logs")
            progress(0.3, "The strategy tester runs")
            await self._start(install, copy / install.executable.name, start_file, report)
            progress(0.9, "Reading the report")
            return await asyncio.to_thread(_read_report, report, tail, setting)

    def _copy(self, install: TerminalInstall) -> Path:
        """Brings the copy of an installation up to date: programs where they differ, the account's files always."""
        source, copy = install.executable.parent, self._folder / install.data_folder.name
        for name in (f"MQL5/Experts/{EXPERTS_FOLDER}", "MQL5/Profiles/Tester", "config", "logs", _REPORT_FOLDER):
            (copy / name).mkdir(parents=True, exist_ok=True)
        for path in source.iterdir():
            if path.is_file() and path.suffix.lower() in _COPIED and not _same(path, copy / path.name):
                shutil.copy2(path, copy / path.name)
        for name in _SETTINGS:
            path = install.data_folder / "config" / name
            if path.is_file():
                shutil.copy2(path, copy / "config" / name)
        return copy

    async def _start(self, install: TerminalInstall, executable: Path, start_file: Path, report: Path) -> None:
        switches = ["/portable", *file_switches(install, {"config": start_file})]
        try:
            process = await asyncio.to_thread(
                start_installed, install, executable, switches, self._launcher, minimized=True
            )
        except OSError as error:
            raise ForexEliteError(
                ErrorCode.CONFLICT, f"The strategy tester can't be started ({error}). Reinstall MetaTrader 5."
            ) from error
        try:
            ended = await _until(lambda: process.poll() is not None, TEST_SECONDS)
        finally:
            end_installed(process, install, executable)
        if not ended:
            raise ForexEliteError(
                ErrorCode.CONFLICT,
                f"The strategy test did not finish within {TEST_SECONDS / 60:.0f} minutes and was ended. Test fewer "
                "days, or opening prices alone.",
            )
        if process.returncode == 0 and _updating(executable):
            await _until(report.exists, UPDATE_SECONDS)


def _write_files(copy: Path, account: Account, program: Path, setting: BacktestSetting) -> tuple[Path, Path]:
    """Writes program, inputs and start file; returns where the report will be, and the start file."""
    name = f"{_REPORT_FOLDER}\\test"
    report = copy / _REPORT_FOLDER / "test.htm"
    report.unlink(missing_ok=True)
    replace_file(copy / "MQL5" / "Experts" / EXPERTS_FOLDER / f"{setting.expert}.ex5", program.read_bytes())
    # Even when empty: without a file of its own the tester takes the inputs of the EA's last test.
    replace_file(copy / "MQL5" / "Profiles" / "Tester" / "test.set", set_bytes(setting.inputs))
    sections: dict[str, dict[str, object]] = {
        "Common": {"Login": account.login, "Server": account.server},
        "Experts": {"AllowLiveTrading": 0, "AllowDllImport": 0, "Enabled": 0, "Account": 0, "Profile": 0},
        "Tester": {
            "Expert": f"{EXPERTS_FOLDER}\\{setting.expert}", "ExpertParameters": "test.set", "Symbol": setting.symbol,
            "Period": setting.timeframe, "Login": account.login, "Model": _MODELS[setting.model], "ExecutionMode": 0,
            "Optimization": 0, "FromDate": f"{setting.from_date:%Y.%m.%d}", "ToDate": f"{setting.to_date:%Y.%m.%d}",
            "ForwardMode": 0, "Report": name, "ReplaceReport": 1, "ShutdownTerminal": 1, "Deposit": setting.deposit,
            "Currency": account.currency, "Leverage": f"1:{account.leverage}", "UseLocal": 1, "UseRemote": 0,
            "UseCloud": 0, "Visual": 0,
        },
    }  # fmt: skip
    lines = [
        line for title, keys in sections.items() for line in (f"[{title}]", *(f"{k}={v}" for k, v in keys.items()))
    ]
    start_file = copy / "config" / "test.ini"
    replace_file(start_file, utf16("\n".join(lines) + "\n"))
    return report, start_file


def _read_report(path: Path, tail: JournalTail, setting: BacktestSetting) -> BacktestReport:
    try:
        report = parse_report(decode(path.read_bytes()))
    except (OSError, ReportError) as error:
        reason = next((line.message for line in reversed(tail.read()) if "-10000123" in line.message), "")
        said = f" ({reason})" if reason else ""
        raise ForexEliteError(
            ErrorCode.CONFLICT,
            f"The strategy tester gave no report{said}. Check that {setting.symbol} has history for these days and "
            "that MetaTrader is signed in, then test again.",
        ) from error
    if report.bars == 0:
        raise ForexEliteError(
            ErrorCode.CONFLICT,
            f"The strategy tester found no prices of {setting.symbol} for these days. Choose other days.",
        )
    return report


async def _until(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while True:
        if condition():
            return True
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(_STEP_SECONDS)


def _updating(executable: Path) -> bool:
    """Whether LiveUpdate is at work: its folder beside the terminal holds what it has fetched."""
    return (executable.parent / "liveupdate").exists()


def _same(one: Path, other: Path) -> bool:
    if not other.exists():
        return False
    first, second = one.stat(), other.stat()
    return (first.st_size, int(first.st_mtime)) == (second.st_size, int(second.st_mtime))

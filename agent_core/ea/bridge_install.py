"""Puts the bridge EA into a terminal that is closed: program, its own chart in the profile, trading switch.

Where profile and settings can't be written, the terminal is started with the bridge by a start file instead.
"""

import asyncio
import re
import time
from collections.abc import Sequence
from pathlib import Path

from agent_core.ea.artifacts import CompileFolders
from agent_core.ea.backup import FileBackup
from agent_core.ea.bridge_protocol import BRIDGE_FOLDER
from agent_core.ea.chart_files import EXPERTS_FOLDER, ChartExpert, chart_bytes, experts_folder
from agent_core.ea.close_terminal import close_terminal
from agent_core.ea.files import replace_file
from agent_core.ea.includes import install_includes, mql5_resource
from agent_core.ea.launch import file_switches, start_installed
from agent_core.ea.metaeditor import MetaEditor
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.market import Timeframe
from agent_core.terminal.discovery import is_running
from agent_core.terminal.models import TerminalInstall
from agent_core.terminal.text_files import decode, ini_value, read_text, utf16, with_ini_value

BRIDGE_NAME = "FEPBridge"
_BRIDGE_CHART = re.compile(rf"^\s*name={BRIDGE_NAME}\s*$", re.MULTILINE)
#: The bridge works on any symbol; this one exists nearly everywhere, and the terminal keeps the chart if not.
_SYMBOL = "EURUSD"
_TIMEFRAME: Timeframe = "H1"

_EXPERT_SETTINGS = {"Enabled": "1", "AllowLiveTrading": "1", "Account": "0", "Profile": "0"}


class BridgeInstaller:
    """Installs and removes the bridge of one terminal.

    The terminal rewrites profile and settings when it closes, so both work on a closed terminal alone. Each change is
    kept in a backup that `undo` puts back.

    Args:
        install: The terminal.
        editor: Its MetaEditor.
        folder: Where backups and the bridge's compile folders lie.
        launcher: Put before an .exe where Windows does not run it itself.
    """

    def __init__(
        self, install: TerminalInstall, editor: MetaEditor, folder: Path, launcher: Sequence[str] = ()
    ) -> None:
        self._install = install
        self._editor = editor
        self._launcher = tuple(launcher)
        self._compiles = CompileFolders(folder / "compiles")
        self._backups = folder / "backups" / install.data_folder.name
        self._mql5 = install.data_folder / "MQL5"

    async def install(self, *, close: bool = False) -> None:
        """Compiles the bridge and gives it a chart. Installing again changes only what is missing.

        Args:
            close: Whether a terminal that runs is asked to close first; else it is refused.

        Raises:
            ForexEliteError: the terminal runs, MetaEditor fails or a folder can't be written.
        """
        await self._await_closed(close=close)
        try:
            await asyncio.to_thread(install_includes, self._install.data_folder)
            program = await self._compile()
            backup = FileBackup.begin(self._backups)
            target = experts_folder(self._install.data_folder) / f"{BRIDGE_NAME}.ex5"
            await asyncio.to_thread(backup.write, target, program)
        except OSError as error:
            raise self._unwritable(error) from error
        try:
            await asyncio.to_thread(self._change_files, backup)
        except OSError as error:
            await asyncio.to_thread(self._start_with_bridge, error)

    async def undo(self, *, close: bool = False) -> bool:
        """Takes the bridge out again; what the trader or the terminal changed since stays. False when it is not there.

        Args:
            close: Whether a terminal that runs is asked to close first; else it is refused.

        Raises:
            ForexEliteError: the terminal runs or a folder can't be written.
        """
        await self._await_closed(close=close)
        try:
            return await asyncio.to_thread(self._take_out)
        except OSError as error:
            raise self._unwritable(error) from error

    async def _compile(self) -> bytes:
        code = mql5_resource("Experts", f"{BRIDGE_NAME}.mq5").read_text(encoding="utf-8-sig")
        source = await asyncio.to_thread(self._compiles.prepare, BRIDGE_NAME, code)
        run = await self._editor.compile(source)
        if run.ex5 is None:
            first = next((found.message for found in run.log.diagnostics if found.severity == "error"), "see its log")
            raise ForexEliteError(
                ErrorCode.COMPILE_FAILED,
                f"The bridge does not compile with this MetaEditor ({first}). Update MetaTrader, then install again.",
            )
        return run.ex5.read_bytes()

    def _change_files(self, backup: FileBackup) -> None:
        settings_path = self._settings_path
        settings = read_text(settings_path) if settings_path.exists() else ""
        profile = ini_value(settings, "Charts", "ProfileLast") or "Default"
        for name, value in _EXPERT_SETTINGS.items():
            settings = with_ini_value(settings, "Experts", name, value)
        settings = with_ini_value(settings, "Charts", "ProfileLast", profile)
        charts = self._mql5 / "Profiles" / "Charts" / profile
        if not any(_BRIDGE_CHART.search(read_text(path)) for path in charts.glob("*.chr")):
            self._add_chart(backup, charts)
        backup.write(settings_path, utf16(settings))

    def _add_chart(self, backup: FileBackup, charts: Path) -> None:
        number = next(n for n in range(1, 1000) if not (charts / f"chart{n:02d}.chr").exists())
        name = f"chart{number:02d}.chr"
        expert = ChartExpert(name=BRIDGE_NAME, allow_trading=True)
        backup.write(charts / name, chart_bytes(time.time_ns() // 1000, _SYMBOL, _TIMEFRAME, expert))
        order = charts / "order.wnd"
        listed = read_text(order).splitlines() if order.exists() else []
        backup.write(order, utf16("\n".join([*(line for line in listed if line.strip()), name]) + "\n"))

    def _take_out(self) -> bool:
        backups = FileBackup.all(self._backups)
        originals = [backup.original(self._settings_path) for backup in reversed(backups)]
        before = next((data for data in originals if data is not None), None)
        for backup in backups:
            backup.undo()
        charts = [
            path
            for path in self._mql5.glob("Profiles/Charts/*/*.chr")
            if _BRIDGE_CHART.search(read_text(path)) is not None
        ]
        for chart in charts:
            chart.unlink()
        for order in self._mql5.glob("Profiles/Charts/*/order.wnd"):
            listed = [line.strip() for line in read_text(order).splitlines() if line.strip()]
            there = [name for name in listed if (order.parent / name).exists()]
            if there != listed:
                replace_file(order, utf16("".join(f"{name}\n" for name in there)))
        program = experts_folder(self._install.data_folder) / f"{BRIDGE_NAME}.ex5"
        found = bool(backups or charts or program.exists())
        program.unlink(missing_ok=True)
        (self._mql5 / "Files" / BRIDGE_FOLDER / "status.json").unlink(missing_ok=True)
        if backups and self._settings_path.exists():
            self._restore_settings(decode(before or b""))
        return found

    def _restore_settings(self, before: str) -> None:
        """The terminal rewrites its settings when it closes: our own values alone are taken back."""
        now = read_text(self._settings_path)
        text = now
        for name, value in _EXPERT_SETTINGS.items():
            old = ini_value(before, "Experts", name)
            if ini_value(now, "Experts", name) == value:
                text = with_ini_value(text, "Experts", name, old)
        if text != now:
            replace_file(self._settings_path, utf16(text))

    def _start_with_bridge(self, reason: OSError) -> None:
        """Starts the terminal with the bridge on a chart of this session alone."""
        lines = [
            "[Experts]", *(f"{name}={value}" for name, value in _EXPERT_SETTINGS.items()),
            "[StartUp]", f"Expert={EXPERTS_FOLDER}\\{BRIDGE_NAME}", f"Symbol={_SYMBOL}", f"Period={_TIMEFRAME}",
        ]  # fmt: skip
        start_file = self._backups.parent.parent / "start_with_bridge.ini"
        switches = ["/portable"] if self._install.portable else []
        try:
            replace_file(start_file, utf16("\n".join(lines) + "\n"))
            switches += file_switches(self._install, {"config": start_file})
            process = start_installed(self._install, self._install.executable, switches, self._launcher)
            process.returncode = 0  # it is the trader's from now on: nobody waits for its end
        except OSError:
            raise self._unwritable(reason) from reason

    @property
    def _settings_path(self) -> Path:
        return self._install.data_folder / "config" / "common.ini"

    async def _await_closed(self, *, close: bool) -> None:
        if not await asyncio.to_thread(is_running, self._install.executable):
            return
        if not close:
            raise ForexEliteError(
                ErrorCode.CONFLICT,
                "MetaTrader runs and would overwrite this change when it closes. Close MetaTrader, then try again.",
            )
        if not await close_terminal(self._install.executable):
            raise ForexEliteError(
                ErrorCode.CONFLICT,
                "MetaTrader was asked to close and still runs, perhaps with a question open. Close it yourself, "
                "then try again.",
            )

    def _unwritable(self, error: OSError) -> ForexEliteError:
        return ForexEliteError(
            ErrorCode.CONFLICT,
            f"The terminal's folder {self._install.data_folder} can't be written ({error.strerror}). "
            "Check its permissions and free space, then try again.",
        )

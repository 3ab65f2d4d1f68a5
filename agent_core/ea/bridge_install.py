"""Puts the bridge EA into a terminal that is closed: program, its own chart in the profile, trading switch."""

import asyncio
import re
import time
from pathlib import Path

from agent_core.ea.artifacts import CompileFolders
from agent_core.ea.backup import FileBackup
from agent_core.ea.chart_files import ChartExpert, chart_bytes, experts_folder
from agent_core.ea.files import read_text, utf16
from agent_core.ea.includes import install_includes, mql5_resource
from agent_core.ea.metaeditor import MetaEditor
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.terminal.discovery import is_running
from agent_core.terminal.models import TerminalInstall

BRIDGE_NAME = "FEPBridge"
_BRIDGE_CHART = re.compile(rf"^\s*name={BRIDGE_NAME}\s*$", re.MULTILINE)
#: The bridge works on any symbol; this one exists nearly everywhere, and the terminal keeps the chart if not.
_SYMBOL, _TIMEFRAME = "EURUSD", "H1"

_EXPERT_SETTINGS = {"Enabled": "1", "AllowLiveTrading": "1", "Account": "0", "Profile": "0"}


class BridgeInstaller:
    """Installs and removes the bridge of one terminal.

    The terminal rewrites profile and settings when it closes, so both work on a closed terminal alone. Each change is
    kept in a backup that `undo` puts back.

    Args:
        install: The terminal.
        editor: Its MetaEditor.
        folder: Where backups and the bridge's compile folders lie.
    """

    def __init__(self, install: TerminalInstall, editor: MetaEditor, folder: Path) -> None:
        self._install = install
        self._editor = editor
        self._compiles = CompileFolders(folder / "compiles")
        self._backups = folder / "backups" / install.data_folder.name
        self._mql5 = install.data_folder / "MQL5"

    async def install(self) -> None:
        """Compiles the bridge and gives it a chart. Installing again changes only what is missing.

        Raises:
            ForexEliteError: the terminal runs, MetaEditor fails or a folder can't be written.
        """
        await asyncio.to_thread(self._refuse_running)
        try:
            await asyncio.to_thread(install_includes, self._install.data_folder)
            program = await self._compile()
            backup = FileBackup.begin(self._backups)
            await asyncio.to_thread(self._change_files, backup, program)
        except OSError as error:
            raise ForexEliteError(
                ErrorCode.CONFLICT,
                f"The terminal's folder {self._install.data_folder} can't be written ({error.strerror}). "
                "Check its permissions, then install the bridge again.",
            ) from error

    async def undo(self) -> bool:
        """Takes the last installation back; False when there is none.

        Raises:
            ForexEliteError: the terminal runs.
        """
        await asyncio.to_thread(self._refuse_running)
        backup = FileBackup.latest(self._backups)
        if backup is None:
            return False
        await asyncio.to_thread(backup.undo)
        return True

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

    def _change_files(self, backup: FileBackup, program: bytes) -> None:
        backup.write(experts_folder(self._install.data_folder) / f"{BRIDGE_NAME}.ex5", program)
        settings_path = self._install.data_folder / "config" / "common.ini"
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

    def _refuse_running(self) -> None:
        if is_running(self._install.executable):
            raise ForexEliteError(
                ErrorCode.CONFLICT,
                "MetaTrader runs and would overwrite the bridge's chart when it closes. Close MetaTrader, "
                "then install the bridge.",
            )


def ini_value(text: str, section: str, name: str) -> str | None:
    """Returns a value of an .ini text, or None."""
    inside = False
    for line in text.splitlines():
        if line.strip().startswith("["):
            inside = line.strip().lower() == f"[{section.lower()}]"
        elif inside and line.partition("=")[0].strip().lower() == name.lower():
            return line.partition("=")[2].strip()
    return None


def with_ini_value(text: str, section: str, name: str, value: str) -> str:
    """Returns an .ini text with one value set; everything else stays as it is."""
    lines = text.splitlines()
    header = next((at for at, line in enumerate(lines) if line.strip().lower() == f"[{section.lower()}]"), None)
    if header is None:
        return "\n".join([*lines, f"[{section}]", f"{name}={value}"]) + "\n"
    end = next((at for at in range(header + 1, len(lines)) if lines[at].strip().startswith("[")), len(lines))
    for at in range(header + 1, end):
        if lines[at].partition("=")[0].strip().lower() == name.lower():
            lines[at] = f"{name}={value}"
            return "\n".join(lines) + "\n"
    lines.insert(header + 1, f"{name}={value}")
    return "\n".join(lines) + "\n"

"""Steps: started anew beside this window: in German, and at 150 and 200 %. Both are chosen before a window is made."""

import asyncio
import json
import os
import shutil
import sqlite3
import tempfile
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

from PySide6.QtCore import QSize
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel

from agent_core.programs import command_for
from app.shell.links import LinkIndicator
from app.tour.guide import Guide
from app.tour.hands import find, until
from app.tour.settings_steps import show_section
from app.tour.step import Step

SIZE = QSize(1600, 1000)
START_SECONDS = 60


async def german(guide: Guide) -> None:
    """German is chosen in the settings; the next start speaks it. Then English is chosen again."""
    await show_section(guide, "Appearance")
    await guide.press("settings.language.de")
    note = find(guide.window, QLabel, "settings.appearance.note").text()
    guide.check("It says from when on", "start" in note, note)
    await guide.picture("chosen")
    guide.check("It is kept", guide.context.ui.values.language == "de")
    async with _terminal_let_go(guide):
        for page in ("trade", "settings"):
            await _start(guide, page, page=page)
    await guide.press("settings.language.en")
    guide.check("English is chosen again", guide.context.ui.values.language == "en")


async def scales(guide: Guide) -> None:
    """The Trade page on screens of 150 and 200 %: as large as at 100 %, with more dots."""
    async with _terminal_let_go(guide):
        for percent in (150, 200):
            await _start(guide, f"{percent}", scale=percent / 100)
    await guide.go_to("trade")


@asynccontextmanager
async def _terminal_let_go(guide: Guide) -> AsyncIterator[None]:
    """A terminal is used by one window at a time: this one disconnects, and connects again afterwards."""
    terminal = guide.context.agent.terminal
    await terminal.disconnect()
    yield
    if terminal.install is not None:
        await terminal.connect(terminal.install)
    link = find(guide.window, LinkIndicator, "link.terminal")
    await until("the terminal is well again", lambda: link.state.tone == "good", START_SECONDS)


async def _start(guide: Guide, suffix: str, *, page: str = "trade", scale: float = 1.0) -> None:
    """Starts the window once more on a copy of this one's folder, without the cloud, and keeps its first page."""
    picture = guide.folder / f"{guide.step}-{suffix}.png"
    folder = Path(tempfile.mkdtemp(prefix="forexelite-second-"))
    try:
        await asyncio.to_thread(_copy, guide.context.agent.settings.data_folder, folder, page)
        command = [*command_for("window"), "--data", str(folder), "--cloud", "", "--smoke", str(picture.resolve()),
                   "--size", f"{SIZE.width()}x{SIZE.height()}"]  # fmt: skip
        environment = os.environ | _environment(guide) | {"QT_SCALE_FACTOR": str(scale)}
        started = await asyncio.create_subprocess_exec(*command, env=environment, stdout=DEVNULL, stderr=PIPE)
        async with asyncio.timeout(START_SECONDS):
            _, words = await started.communicate()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    guide.check(f"{suffix}: it started and ended well", started.returncode == 0, words.decode(errors="replace")[-500:])
    size = QImage(str(picture)).size()
    guide.check(f"{suffix}: its picture has {scale:.0%} of the dots", size == SIZE * scale, size)


def _copy(known: Path, folder: Path, page: str) -> None:
    """What a start needs: store, charts, and the window's settings with the page to begin on."""
    with closing(sqlite3.connect(known / "agent.db")) as store, closing(sqlite3.connect(folder / "agent.db")) as copy:
        store.backup(copy)
    shutil.copy(known / "charts.json", folder)
    values = json.loads((known / "window.json").read_text("utf-8"))
    (folder / "window.json").write_text(json.dumps(values | {"page": page, "geometry": ""}), "utf-8")


def _environment(guide: Guide) -> dict[str, str]:
    settings = guide.context.agent.settings
    return {
        "FOREXELITE_ROAMING_FOLDER": str(settings.roaming_folder), "FOREXELITE_WHOLE_COMPUTER": "false",
        "FOREXELITE_MT5_MODULE": settings.mt5_module, "FOREXELITE_LAUNCHER": json.dumps(settings.launcher),
    }  # fmt: skip


STEPS = (
    Step("german", "The window in German", german),
    Step("scales", "Screens of 150 and 200 %", scales),
)

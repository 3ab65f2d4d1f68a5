"""The Trade page in a window of its own over stand-ins of the agent, for benches of what quotes cost."""

import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import qasync
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from agent_core.events import EventBus
from agent_core.store import Store
from agent_core.trading.initial_stops import InitialStops
from agent_core.trading.journal import OrderJournal
from app.agent_signals import AgentSignals
from app.context import AppContext
from app.garbage import GarbageCollection
from app.main import SWITCH_SECONDS
from app.shell.commands import CommandRegistry
from app.shell.toasts import Toasts
from app.tasks import Tasks
from app.theme import Theme
from app.trade.page import TradePage
from app.ui_settings import UiSettingsFile
from tests.unit.app.trade import conftest as stand_ins

SYMBOLS = 30


@dataclass
class Stage:
    """What a bench turns and looks at."""

    loop: qasync.QEventLoop
    page: TradePage
    context: AppContext
    bus: EventBus
    feed: stand_ins.StandInFeed


@contextmanager
def stage(positions: int, terminal: type[stand_ins.StandInTerminal] = stand_ins.StandInTerminal) -> Iterator[Stage]:
    """Shows the page with a watchlist of all symbols, 1,600 × 900; collects garbage as the program does."""
    extra = {f"X{number:02d}USD": 1 + number / 10 for number in range(SYMBOLS - len(stand_ins.PRICES))}
    stand_ins.PRICES.update(extra)
    sys.setswitchinterval(SWITCH_SECONDS)  # as in the program
    application = QApplication([])
    theme = Theme()
    theme.install(application)
    loop = qasync.QEventLoop(application, set_running_loop=False)
    asyncio.set_event_loop(loop)
    collection = GarbageCollection()
    bus, window = EventBus(), QWidget()
    feed = stand_ins.StandInFeed(bus)
    feed.positions = tuple(stand_ins.position_of(number, "EURUSD") for number in range(1, positions + 1))
    toasts, stood_in = Toasts(window, theme), terminal()
    with tempfile.TemporaryDirectory() as folder, closing(Store(Path(folder) / "agent.db")) as store:
        agent = SimpleNamespace(
            terminal=stood_in, feed=feed, desk=stand_ins.StandInDesk(), bus=bus,
            initial_stops=InitialStops(cast("Any", stood_in), OrderJournal(store), store, bus),
            trailing=stand_ins.StandInTrailing(bus), ea=SimpleNamespace(deployments=list),
        )  # fmt: skip
        context = AppContext(
            agent=cast("Any", agent), api=cast("Any", None), signals=AgentSignals(bus), theme=theme,
            tasks=Tasks(toasts), toasts=toasts, ui=UiSettingsFile(Path(folder)), commands=CommandRegistry(window),
        )  # fmt: skip
        context.ui.set("watchlist", list(stand_ins.PRICES))
        page = TradePage(context)
        layout = QVBoxLayout(window)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(page)
        window.resize(1600, 900)
        window.show()
        yield Stage(loop, page, context, bus, feed)
        window.hide()
        loop.run_until_complete(context.tasks.stop())
    collection.stop()
    loop.close()  # with its threads

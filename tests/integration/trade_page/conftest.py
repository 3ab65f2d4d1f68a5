"""The Trade page on the real agent and a simulated terminal of its own."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
import qasync
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from agent_core.agent import Agent
from agent_core.settings import AgentSettings
from agent_core.simulator.install import install
from agent_core.simulator.ipc import call_terminal
from agent_core.simulator.layout import Layout
from agent_core.simulator.options import SimulatorOptions
from app.agent_signals import AgentSignals
from app.context import AppContext
from app.shell.commands import CommandRegistry
from app.shell.toasts import Toasts
from app.tasks import Tasks
from app.theme import Theme
from app.trade.page import TradePage
from app.ui_settings import UiSettingsFile


@dataclass
class TradeRoom:
    """A page that trades."""

    page: TradePage
    context: AppContext
    window: QWidget
    agent: Agent
    layout: Layout

    def truth(self) -> dict[str, Any]:
        """The terminal's own state."""
        return cast("dict[str, Any]", call_terminal(self.layout, "state"))

    def control(self, **changes: Any) -> None:
        """Turns the terminal's switches."""
        call_terminal(self.layout, "control", changes)


Story = Callable[[TradeRoom], Coroutine[Any, Any, None]]


@asynccontextmanager
async def opened_room(theme: Theme, folder: Path) -> AsyncIterator[TradeRoom]:
    """A page on a connected agent; all of it begins and ends while the loop runs, as in the program."""
    layout = install(folder / "Händler Größe 1", SimulatorOptions(idle_exit=5))
    settings = AgentSettings(
        data_folder=folder / "data", roaming_folder=layout.common.parent.parent.parent,
        whole_computer=False,
        mt5_module="agent_core.simulator.mt5",
    )  # fmt: skip
    agent = Agent(settings)
    await agent.start()
    (found,) = await agent.terminal.discover()
    await agent.terminal.connect(found)
    window = QWidget()
    toasts = Toasts(window, theme)
    context = AppContext(
        agent=agent, api=cast("Any", None), signals=AgentSignals(agent.bus), theme=theme, tasks=Tasks(toasts),
        toasts=toasts, ui=UiSettingsFile(folder), commands=CommandRegistry(window),
    )  # fmt: skip
    context.ui.set("confirm_orders", False)
    page = TradePage(context)
    box = QVBoxLayout(window)
    box.setContentsMargins(0, 0, 0, 0)
    box.addWidget(page)
    window.resize(1545, 930)
    window.show()
    try:
        yield TradeRoom(page, context, window, agent, layout)
    finally:
        window.close()
        await context.tasks.stop()
        await agent.stop()
        window.deleteLater()
        await asyncio.to_thread(call_terminal, layout, "control", {"quit": True})


@pytest.fixture
def trade(qapp: QApplication, tmp_path: Path) -> Iterator[Callable[[Story], None]]:
    """Runs a story in a room of its own."""
    theme = Theme()
    theme.install(qapp)
    qapp.setQuitOnLastWindowClosed(False)  # as the program does: closing the window first ends its tasks
    loop = qasync.QEventLoop(qapp, set_running_loop=False)
    asyncio.set_event_loop(loop)

    async def tell(story: Story) -> None:
        async with opened_room(theme, tmp_path) as room:
            await story(room)

    yield lambda story: loop.run_until_complete(asyncio.wait_for(tell(story), 90))
    loop.close()
    asyncio.set_event_loop(None)
    qapp.setQuitOnLastWindowClosed(True)

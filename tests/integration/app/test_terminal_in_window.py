"""What a trader does with terminals in the window: test an EA, remove the bridge, go over to another terminal."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from PySide6.QtCore import QDate
from PySide6.QtWidgets import QDateEdit, QLabel, QListWidget, QPushButton, QWidget

from agent_core.simulator.ipc import IpcError, call_terminal
from agent_core.simulator.layout import TERMINAL_EXE, Layout, layout_of_executable, layout_of_root
from agent_core.simulator.options import SimulatorOptions
from agent_core.terminal.models import OrderKind, Side
from agent_core.terminal.text_files import read_text
from agent_core.trading.models import OrderTicket, OutcomeStatus, SizeMode
from app import session
from app.context import AppContext
from app.ea.editor import MqlEditor
from app.formatting import MINUS
from app.onboarding.steps import TerminalCard
from app.options import Options
from app.shell.daily_loss import DailyLoss
from app.shell.top_bar import TopBar
from app.shell.window import MainWindow
from app.theme import Theme
from app.tour.hands import click, enter, find, until
from app.trade.page import TradePage
from app.ui_settings import UiSettingsFile

Run = Callable[[Coroutine[Any, Any, Any]], Any]
Steps = Callable[[MainWindow, AppContext], Coroutine[Any, Any, None]]
SOURCE = resources.files("resources").joinpath("mql5", "templates", "moving_average_cross.mq5")


@pytest.fixture
def portable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Layout]:
    """A second terminal, with another account and its data beside it."""
    layout = layout_of_executable(tmp_path / "Börse 2" / "MT5 portable" / TERMINAL_EXE, portable=True)
    layout.create()
    for program in (layout.executable, layout.executable.with_name("metaeditor64.exe")):
        program.write_bytes(b"MZ")
    SimulatorOptions(seed=99, idle_exit=20).save(layout)
    monkeypatch.setenv("FOREXELITE_SEARCH_FOLDERS", json.dumps([str(tmp_path / "Börse 2")]))
    yield layout
    with suppress(IpcError):
        call_terminal(layout, "control", {"quit": True})


@pytest.fixture
def work(run: Run, window: MainWindow, terminal: Path, theme: Theme, tmp_path: Path) -> Callable[[Steps], None]:
    """Works in the window of a trader who has seen it before, from choosing a terminal on."""

    async def whole(steps: Steps) -> None:
        ui = UiSettingsFile(tmp_path / "data")
        ui.set("disclaimer_accepted", True)
        ui.set("toured", True)
        running = asyncio.ensure_future(
            session.run(window, theme, ui, Options(data=tmp_path / "data"), tmp_path / "data")
        )
        try:
            await until("terminals", lambda: find(window, QWidget, "onboarding.terminal.0.connect"))
            assert window.workspace._context is not None
            await steps(window, window.workspace._context)
        finally:
            window.close()
            assert await running == 0

    return lambda steps: run(whole(steps))


def text(window: MainWindow, name: str) -> str:
    return find(window, QLabel, name).text()


async def connect(window: MainWindow, path: Path, bridge: str = "skip") -> None:
    """Chooses a terminal by its path, as it stands on its card; others on this computer come and go meanwhile."""

    def button() -> QPushButton | None:
        for card in window.findChildren(TerminalCard):
            pressed, words = card.connect_button, [part.text() for part in card.findChildren(QLabel)]
            if str(path) in words and pressed.isVisible() and pressed.isEnabled():
                return pressed
        return None

    (await until("the terminal's card", button)).click()
    await click(window, f"onboarding.bridge.{bridge}")
    await until("workspace", lambda: window.working)
    await click(window, "rail.trade")
    await until("account", lambda: text(window, "topbar.kind") == "DEMO")


async def open_settings(window: MainWindow) -> None:
    await click(window, "rail.settings")
    rows = find(window, QListWidget, "settings.list")
    rows.setCurrentRow([rows.item(row).text() for row in range(rows.count())].index("Terminal"))


async def buy(context: AppContext, lots: str) -> int | None:
    """Buys; returns the position."""
    ticket = OrderTicket(uuid4(), "EURUSD", Side.BUY, OrderKind.MARKET, SizeMode.LOTS, Decimal(lots))
    outcome = await context.agent.desk.place(ticket)
    assert outcome.status is OutcomeStatus.FILLED
    return outcome.position


class Bar(TopBar):
    """A top bar that keeps what it was told to show."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.shown: list[float | None] = []

    def show_daily_loss(self, today: float | None, limit: Decimal | None, digits: int, locked: str = "") -> None:
        self.shown.append(today)
        super().show_daily_loss(today, limit, digits, locked)


def test_the_result_of_the_day_is_known_as_soon_as_the_terminal_is_there(
    work: Callable[[Steps], None], terminal: Path, theme: Theme, qtbot: Any
) -> None:
    async def steps(window: MainWindow, context: AppContext) -> None:
        await connect(window, layout_of_root(terminal).executable)
        position = await buy(context, "0.10")
        assert position is not None
        assert (await context.agent.desk.close_position(position)).status is OutcomeStatus.FILLED
        await until("the result", lambda: text(window, "topbar.daily_loss").startswith(MINUS))
        install, account = context.agent.terminal.install, context.agent.terminal.account
        assert install is not None
        await context.agent.terminal.disconnect()
        bar = Bar(theme)
        qtbot.addWidget(bar)
        DailyLoss(context, bar)
        context.signals.account.emit(account)  # at a start, it is told before anything can be read
        await context.agent.terminal.connect(install)
        await until("the same at once", lambda: bar.daily_loss.value.text() == text(window, "topbar.daily_loss"))
        # No result is shown before it is known, zero least of all.
        assert set(bar.shown) <= {None, bar.shown[-1]}

    work(steps)


def test_an_ea_is_tested_and_the_bridge_removed(work: Callable[[Steps], None], terminal: Path) -> None:
    layout = layout_of_root(terminal)
    settings, charts = layout.data / "config" / "common.ini", layout.mql5 / "Profiles" / "Charts" / "Default"
    program = layout.mql5 / "Experts" / "ForexElitePro" / "FEPBridge.ex5"

    def bridged() -> tuple[bool, bool]:
        return program.exists(), any("FEPBridge" in read_text(path) for path in charts.glob("*.chr"))

    async def steps(window: MainWindow, context: AppContext) -> None:
        await connect(window, layout.executable, "install")
        await click(window, "rail.eas")
        await click(window, "ea.library.new")
        await enter(window, "ea.new.name", "Cross")
        await click(window, "ea.new.accept")
        await until("the project is there", context.agent.ea.projects)
        find(window, MqlEditor, "ea.editor").insertPlainText(SOURCE.read_text(encoding="utf-8"))
        await click(window, "ea.tab.test")
        await click(window, "ea.test_report.empty.action")
        first = await until("the dialog", lambda: find(window, QDateEdit, "ea.test_dialog.from"))
        first.setDate(QDate.currentDate().addDays(-45))
        find(window, QDateEdit, "ea.test_dialog.to").setDate(QDate.currentDate().addDays(-15))
        await click(window, "ea.test_dialog.accept")
        await until("the report", lambda: text(window, "ea.test_report.net_profit"), 45)
        assert int(text(window, "ea.test_report.trades")) > 0
        assert find(window, QWidget, "ea.test_report.curve").isVisible()
        assert call_terminal(layout, "state")["positions"] == []

        await until("the bridge", lambda: context.agent.ea.bridge.state == "connected")
        assert bridged() == (True, True)
        await open_settings(window)
        await click(window, "settings.terminal.remove_bridge")
        await click(window, "settings.terminal.remove_bridge_dialog.reject")
        assert bridged() == (True, True)
        pid = call_terminal(layout, "state")["pid"]
        await click(window, "settings.terminal.remove_bridge")
        await click(window, "settings.terminal.remove_bridge_dialog.accept")
        await until("it is said", lambda: find(window, QWidget, "settings.terminal.install_bridge").isEnabled(), 40)
        await until("connected again", lambda: context.agent.terminal.connected)
        assert bridged() == (False, False)
        assert "AllowLiveTrading=1" not in read_text(settings)
        assert call_terminal(layout, "state")["pid"] != pid

    work(steps)


def test_a_trader_goes_over_to_another_terminal_and_back(
    work: Callable[[Steps], None], terminal: Path, portable: Layout
) -> None:
    usual = layout_of_root(terminal)

    async def choose(window: MainWindow, path: Path) -> None:
        await open_settings(window)
        await click(window, "settings.terminal.choose")
        await connect(window, path)

    def held(layout: Layout) -> list[float]:
        return [position["volume"] for position in call_terminal(layout, "state")["positions"]]

    def shown(window: MainWindow) -> list[float]:
        page = find(window, TradePage, "trade")
        return [row.position.volume for row in page.blotter.positions.rows]

    async def charted(window: MainWindow, context: AppContext) -> None:
        panel = find(window, TradePage, "trade").panel
        await until("a chart", lambda: panel.symbol)
        bars = await context.agent.terminal.bars(panel.symbol, panel.timeframe, 20)
        await until("its prices", lambda: set(bars["close"][:-1]) <= set(panel.chart.model.bars["close"]))

    async def steps(window: MainWindow, context: AppContext) -> None:
        await connect(window, usual.executable)
        agent = context.agent
        first = text(window, "topbar.account")
        await buy(context, "0.11")
        await until("its position", lambda: shown(window) == [0.11])
        await charted(window, context)

        await choose(window, portable.executable)
        assert text(window, "topbar.account") != first
        await until("no position yet", lambda: shown(window) == [])
        await buy(context, "0.22")
        await until("its position", lambda: shown(window) == [0.22])
        await charted(window, context)
        assert (held(usual), held(portable)) == ([0.11], [0.22])
        assert agent.terminal.memory.install is not None
        assert agent.terminal.memory.install.data_folder == portable.data

        await choose(window, usual.executable)
        assert text(window, "topbar.account") == first
        await until("the first position", lambda: shown(window) == [0.11])
        await charted(window, context)
        (position,) = agent.feed.positions
        assert (await agent.desk.close_position(position.ticket)).status is OutcomeStatus.FILLED
        assert (held(usual), held(portable)) == ([], [0.22])

    work(steps)

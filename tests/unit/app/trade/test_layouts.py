"""The layout of the Trade page: panels, charts, tabs; kept, taken back, and under names."""

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.shell.commands import Command
from app.shell.layout_menu import LayoutMenu

Run = Callable[[Any], Any]


def test_a_named_layout_brings_panels_charts_and_tab_back(room: Any, run: Run) -> None:
    async def arrange() -> None:
        await room.ready()
        page, commands, ui = room.page, room.context.commands, room.context.ui
        menu = LayoutMenu()
        menu.setParent(room.window)
        menu.attach(room.context)
        commands.run("panel.watchlist")
        commands.run("panel.order ticket")
        page.blotter.show_tab("history")
        page.workspace.split(beside=True)
        page.workspace.new_tab()
        await room.until(lambda: '"front":1' in ui.values.layouts.get("charts", ""))
        menu.keep("Two charts")
        commands.run("layout.usual")
        assert page.watchlist.isVisible()
        assert page.ticket.isVisible()
        assert page.blotter._pages.currentIndex() == 0
        assert len(page.workspace.sheets) == 2  # charts are never closed by going back to the usual layout
        page.workspace.close_tab(1)
        page.workspace.close_active()
        await room.until(lambda: len(page.workspace.panels) == 1)
        await room.until(lambda: '"front":0' in ui.values.layouts.get("charts", ""))
        commands.run("layout.named.Two charts")
        assert not page.watchlist.isVisible()
        assert not page.ticket.isVisible()
        assert page.eas.isVisible()
        assert page.blotter._pages.currentIndex() == 2
        assert [len(sheet.panels) for sheet in page.workspace.sheets] == [2, 1]
        commands.run("panel.running eas")
        assert not page.eas.parentWidget().parentWidget().isVisible()  # the column goes with its last panel
        commands.run("panel.order ticket")
        assert page.ticket.isVisible()
        await room.until(lambda: not room.context.tasks._running)

    run(arrange())


def test_what_is_hidden_stays_hidden_after_a_restart(room: Any, run: Run) -> None:
    async def look() -> None:
        await room.ready()
        room.context.commands.run("panel.tables")
        assert not room.page.blotter.isVisible()
        again = type(room.page)(room.context)
        again.setParent(room.window)
        again.resize(room.page.size())
        again.show()
        assert not again.blotter.isVisible()
        assert again.watchlist.isVisible()
        again.hide()
        await room.until(lambda: not room.context.tasks._running)

    run(look())


@pytest.mark.qt_log_ignore("does not support raise", extend=True)
def test_a_panel_floats_docks_and_floats_again_after_a_restart(room: Any, run: Run) -> None:
    async def look() -> None:
        await room.ready()
        page, commands, layouts = room.page, room.context.commands, room.context.ui.values.layouts
        width = page.chart.width()
        commands.run("float.watchlist")
        window = page.watchlist.window()
        assert window is not room.window
        assert window.windowTitle() == "Watchlist"
        assert page.watchlist.isVisible()
        await room.until(lambda: page.chart.width() > width)
        room.feed.quote("EURUSD", 1.09)
        await room.until(lambda: page.watchlist.model.rows[0].bid == 1.09)  # it lives on
        pressed: list[str] = []
        commands.add(Command("x.stop", "Stop", lambda: pressed.append("stop"), "Ctrl+Shift+X"))
        window.activateWindow()
        await room.until(window.isActiveWindow)
        QTest.keyClick(window, Qt.Key.Key_X, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
        assert pressed == ["stop"]  # the shortcuts of the window go on working
        window.setGeometry(40, 60, 333, 444)
        await room.until(lambda: "333" in room.context.ui.values.layouts["trade.floating"])
        kept = dict(room.context.ui.values.layouts)
        window.close()
        assert page.watchlist.window() is room.window
        assert page.watchlist.isVisible()
        await room.until(lambda: page.chart.width() == width)
        commands.run("float.order ticket")
        commands.run("float.running eas")
        assert not page._right.isVisible()
        commands.run("panel.order ticket")
        assert not page.ticket.isVisible()
        room.context.ui.set("layouts", kept)
        assert page.watchlist.window().geometry().getRect() == (40, 60, 333, 444)
        assert page.ticket.window() is room.window
        assert page.ticket.isVisible()
        room.context.ui.set("layouts", {**layouts, "trade.floating": "no such thing"})
        assert page.watchlist.window() is room.window
        await room.until(lambda: not room.context.tasks._running)

    run(look())

"""Several watchlists, what a row tells, and symbols dragged onto a chart."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from app.tour.hands import click, enter

Run = Callable[[Any], Any]


def choose(menu: Any, text: str) -> None:
    menu.aboutToShow.emit()
    next(action for action in menu.actions() if action.text() == text).trigger()


def test_lists_are_made_shown_and_taken_away(room: Any, run: Run) -> None:
    async def look() -> None:
        await room.ready()
        watchlist, ui = room.page.watchlist, room.context.ui
        first = [row.symbol for row in watchlist.model.rows]
        choose(watchlist.lists.choices, "New list …")
        await enter(room.window, "watchlist.new.name", "Metals")
        await click(room.window, "watchlist.new.accept")
        await room.until(lambda: watchlist.lists.name == "Metals")
        for symbol in first:
            if symbol != "XAUUSD":
                watchlist.remove(symbol)
        assert [row.symbol for row in watchlist.model.rows] == ["XAUUSD"]
        choose(watchlist.lists.choices, "Main")
        assert [row.symbol for row in watchlist.model.rows] == first
        choose(watchlist.lists.choices, "Metals")
        assert [row.symbol for row in watchlist.model.rows] == ["XAUUSD"]
        choose(watchlist.lists.choices, "Remove Metals")
        assert (watchlist.lists.name, ui.values.watchlists) == ("Main", {})
        assert [row.symbol for row in watchlist.model.rows] == first

    run(look())


def test_a_row_tells_spread_and_past_and_is_dragged_to_a_chart(room: Any, run: Run) -> None:
    async def look() -> None:
        await room.ready()
        model, chart = room.page.watchlist.model, room.page.panel
        await room.until(lambda: len(model.rows[model.row_of("EURUSD")].closes) > 1)
        row = model.rows[model.row_of("EURUSD")]
        assert row.spread is not None
        assert round(row.spread, 6) == 0.5
        data = model.mimeData([model.index(model.row_of("GBPUSD"))])
        assert data.text() == "GBPUSD"
        left, none, copy = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.DropAction.CopyAction
        enter_event = QDragEnterEvent(QPoint(50, 50), copy, data, left, none)
        QApplication.sendEvent(chart, enter_event)
        assert enter_event.isAccepted()
        QApplication.sendEvent(chart, QDropEvent(QPointF(50, 50), copy, data, left, none))
        await room.until(lambda: room.page.chart.model.symbol == "GBPUSD")

    run(look())

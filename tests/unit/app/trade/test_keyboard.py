"""The Trade page without a mouse."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractScrollArea, QApplication, QWidget

Run = Callable[[Any], Any]


def reachable(room: Any) -> list[QWidget]:
    """What the Tab key can reach, in its order."""
    found: list[QWidget] = []
    first = widget = room.page.ticket.form.size_field
    while True:
        if widget.isVisible() and widget.isEnabled() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            found.append(widget)
        widget = widget.nextInFocusChain()
        if widget is first:
            return found


def test_everything_that_takes_the_focus_has_a_name(room: Any, run: Run, position: Callable[..., Any]) -> None:
    async def look() -> None:
        await room.ready()
        room.feed.hold(position(1))
        await room.until(room.page.blotter.positions.rowCount)
        nameless = [
            widget.objectName() or type(widget).__name__
            for widget in reachable(room)
            if not widget.accessibleName()
            and not (isinstance(widget, QAbstractButton) and widget.text())
            and not (type(widget).__name__.endswith("ScrollArea") and isinstance(widget, QAbstractScrollArea))
        ]
        assert nameless == []

    run(look())


def test_the_ticket_is_filled_top_to_bottom_and_a_table_shows_where_it_is(
    room: Any, run: Run, position: Callable[..., Any]
) -> None:
    async def look() -> None:
        await room.ready()
        room.feed.hold(position(1), position(2))
        await room.until(room.page.blotter.positions.rowCount)
        names = [widget.objectName() for widget in reachable(room)]
        fields = [name for name in names if name in {"ticket.size", "ticket.sl", "ticket.tp", "ticket.comment"}]
        assert fields == ["ticket.size", "ticket.sl", "ticket.tp", "ticket.comment"]
        assert names.index("ticket.comment") < names.index("ticket.sell") < names.index("ticket.buy")
        table = room.page.blotter.positions_table
        room.window.activateWindow()
        table.setFocus(Qt.FocusReason.TabFocusReason)
        await room.until(lambda: QApplication.focusWidget() is table)
        assert [index.row() for index in table.selectionModel().selectedRows()] == [0]

    run(look())

"""Eyes and hands of the tour: finds widgets by name, presses them as a user would, waits for what is to be seen."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from app.tour.report import CheckFailedError

W = TypeVar("W", bound=QWidget)
V = TypeVar("V")

LOOK_EVERY_SECONDS = 0.03


def find(root: QWidget, kind: type[W], name: str) -> W:
    """Finds a visible widget by its object name, in the window or in one of its dialogs.

    Raises:
        CheckFailedError: there is none.
    """
    for top in [root, *QApplication.topLevelWidgets()]:
        for widget in [top, *top.findChildren(kind, name)]:
            if isinstance(widget, kind) and widget.objectName() == name and widget.isVisible():
                return widget
    raise CheckFailedError(f"There is no visible {kind.__name__} named '{name}'.")


async def until(what: str, look: Callable[[], V | None], seconds: float = 20) -> V:
    """Looks again and again until something is there; returns it.

    Raises:
        CheckFailedError: it did not come within the time.
    """
    deadline = time.monotonic() + seconds
    problem = ""
    while time.monotonic() < deadline:
        try:
            if seen := look():
                return seen
        except CheckFailedError as error:
            problem = f" ({error})"
        await asyncio.sleep(LOOK_EVERY_SECONDS)
    raise CheckFailedError(f"{what}: not within {seconds:.0f} s{problem}.")


async def click(root: QWidget, name: str, seconds: float = 20) -> None:
    """Waits until a widget can be pressed, and presses it in its middle."""

    def ready() -> QWidget | None:
        widget = find(root, QWidget, name)
        return widget if widget.isEnabled() else None

    widget = await until(f"'{name}' can be pressed", ready, seconds)
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=widget.rect().center())
    await asyncio.sleep(0)


async def enter(root: QWidget, name: str, text: str) -> None:
    """Replaces the text of a field, key by key; no text empties it."""
    field = await until(f"field '{name}'", lambda: find(root, QWidget, name))
    field.setFocus()
    overwrite(field, text)
    await asyncio.sleep(0)


def overwrite(field: QWidget, text: str) -> None:
    """Types over what a field holds."""
    QTest.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(field, Qt.Key.Key_Delete)
    QTest.keyClicks(field, text)


async def ask_menu(widget: QWidget, place: QPoint) -> QMenu:
    """Asks for the menu of a place of a widget, as the right button does; returns it open."""
    asked = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, widget.mapToGlobal(place))
    QApplication.sendEvent(widget, asked)
    return await until("the menu opens", _open_popup)


def _open_popup() -> QMenu | None:
    popup = QApplication.activePopupWidget()
    return popup if isinstance(popup, QMenu) else None


async def drag(widget: QWidget, start: QPoint, end: QPoint, steps: int = 8) -> None:
    """Drags with the left button from one place of a widget to another."""
    await pull(widget, start, end, steps)
    QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=end)
    await asyncio.sleep(0)


async def pull(widget: QWidget, start: QPoint, end: QPoint, steps: int = 8) -> None:
    """Drags, and holds on."""
    hover(widget, start)
    QTest.mousePress(widget, Qt.MouseButton.LeftButton, pos=start)
    for step in range(1, steps + 1):
        _move(widget, start + (end - start) * step / steps, Qt.MouseButton.LeftButton)
        await asyncio.sleep(LOOK_EVERY_SECONDS)


def hover(widget: QWidget, place: QPoint) -> None:
    """Moves the pointer to a place of a widget."""
    _move(widget, place, Qt.MouseButton.NoButton)


def _move(widget: QWidget, place: QPoint, buttons: Qt.MouseButton) -> None:
    """Moves the pointer. `QTest.mouseMove` would run a nested event loop, in which other tasks get lost."""
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        QPointF(place),
        QPointF(widget.mapToGlobal(place)),
        Qt.MouseButton.NoButton,
        buttons,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(widget, event)


async def settle(frames: int = 8) -> None:
    """Lets the window paint before a picture is taken."""
    for _ in range(frames):
        await asyncio.sleep(LOOK_EVERY_SECONDS)

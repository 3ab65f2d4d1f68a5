"""The panels of the Trade page, hidden or floating, and the tab that is open: part of the window's layout."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError
from PySide6.QtCore import QObject, QRect, QSize, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QStackedWidget, QVBoxLayout, QWidget

from app.context import AppContext
from app.language import tr
from app.shell.commands import Command
from app.trade.floating import FloatingPanel
from app.ui_settings import UiSettingsFile

_Content = TypeVar("_Content", bound=QWidget)

_HIDDEN, _FLOATING = "trade.hidden", "trade.floating"
_KEEP_MS = 300
#: Places on the screen by panel: left, top, width, height; empty until it has one.
_PLACES = TypeAdapter(dict[str, tuple[int, ...]])


class PanelFrame(QFrame):
    """A panel with its contents from top to bottom."""

    def __init__(self, widths: tuple[int, int] | None = None) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        if widths is not None:
            self.setMinimumWidth(widths[0])
            self.setMaximumWidth(widths[1])
        self.contents = QVBoxLayout(self)
        self.contents.setContentsMargins(0, 0, 0, 0)
        self.contents.setSpacing(0)

    def hold(self, content: _Content) -> _Content:
        """Takes a content in and returns it."""
        self.contents.addWidget(content)
        return content

    def sizeHint(self) -> QSize:  # noqa: N802
        """As high as wrapped sentences need in the present width; Qt's own hint is that of the width it would like."""
        hint = super().sizeHint()
        return QSize(hint.width(), max(hint.height(), self.heightForWidth(self.width())))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Another width needs another height."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self.updateGeometry()


class PagePanels(QObject):
    """Hides, shows, floats and docks panels by command, and as the layout says.

    `holder` holds some of the panels, named in `held`: it goes with the last of them.
    """

    def __init__(
        self, context: AppContext, panels: Mapping[str, PanelFrame], holder: QWidget, held: tuple[str, ...]
    ) -> None:
        super().__init__(holder)
        self._ui, self._panels, self._holder, self._held = context.ui, dict(panels), holder, held
        self._cramped: set[str] = set()
        self._floating: dict[str, FloatingPanel] = {}
        self._filled = False
        self._keep_soon = QTimer(self, singleShot=True, interval=_KEEP_MS)
        self._keep_soon.timeout.connect(self._keep_places)
        for name in panels:
            key = name.casefold()
            context.commands.add(Command(f"panel.{key}", f"Show or hide: {name}", partial(self.toggle, name)))
            context.commands.add(Command(f"float.{key}", f"Float or dock: {name}", partial(self.float_or_dock, name)))
        context.ui.changed.connect(lambda name: self._follow() if name == "layouts" else None)
        self._follow()

    @property
    def hidden(self) -> set[str]:
        """Names of the panels that the user has hidden."""
        return set(filter(None, self._ui.values.layouts.get(_HIDDEN, "").split("|"))) & self._panels.keys()

    def toggle(self, name: str) -> None:
        """Hides a panel, or shows it again."""
        self._ui.set_layout(_HIDDEN, "|".join(sorted(self.hidden ^ {name})))

    def float_or_dock(self, name: str) -> None:
        """Gives a panel a window of its own, or takes it back into the page."""
        places = self._places()
        if places.pop(name, None) is None:
            places[name] = ()
        self._set_places(places)

    def set_cramped(self, name: str, cramped: bool) -> None:
        """Says that there is no room for a panel just now, or that there is."""
        self._cramped = self._cramped | {name} if cramped else self._cramped - {name}
        self._show()

    def filled(self) -> None:
        """The panels have their contents: those that floated last time float again."""
        self._filled = True
        self._follow()

    def _follow(self) -> None:
        places = self._places() if self._filled else {}
        for name in [name for name in self._floating if name not in places]:
            window = self._floating.pop(name)
            self._panels[name].hold(window.content).show()
            window.hide()
            window.deleteLater()
        for name, place in places.items():
            if name not in self._floating:
                self._float(name, QRect(*place) if len(place) == 4 else None)
        self._show()

    def _float(self, name: str, place: QRect | None) -> None:
        part = self._panels[name].contents.itemAt(0)
        content = part.widget() if part is not None else None
        if content is not None:
            window = FloatingPanel(self._holder.window(), tr(name), content, place)
            window.docking.connect(partial(self.float_or_dock, name))
            window.placed.connect(self._keep_soon.start)
            self._floating[name] = window

    def _show(self) -> None:
        hidden = self.hidden
        gone = hidden | self._cramped | self._floating.keys()
        for name, panel in self._panels.items():
            panel.setVisible(name not in gone)
        for name, window in self._floating.items():
            window.setVisible(name not in hidden)
        self._holder.setVisible(any(name not in gone for name in self._held))

    def _places(self) -> dict[str, tuple[int, ...]]:
        try:
            kept = _PLACES.validate_json(self._ui.values.layouts.get(_FLOATING, "{}"))
        except ValidationError:
            return {}
        return {name: place for name, place in kept.items() if name in self._panels}

    def _keep_places(self) -> None:
        areas = {name: window.geometry() for name, window in self._floating.items()}
        self._set_places({name: (at.x(), at.y(), at.width(), at.height()) for name, at in areas.items()})

    def _set_places(self, places: dict[str, tuple[int, ...]]) -> None:
        self._ui.set_layout(_FLOATING, _PLACES.dump_json(places).decode())


class KeptTab(QObject):
    """Opens the tab that the layout names, and remembers the one that is opened."""

    def __init__(self, ui: UiSettingsFile, name: str, stack: QStackedWidget, show: Callable[[int], object]) -> None:
        super().__init__(stack)
        self._ui, self._name, self._stack, self._show = ui, name, stack, show
        stack.currentChanged.connect(lambda at: ui.set_layout(name, str(at)))
        ui.changed.connect(lambda changed: self._follow() if changed == "layouts" else None)
        self._follow()

    def _follow(self) -> None:
        wanted = self._ui.values.layouts.get(self._name, "0")
        at = int(wanted) if wanted.isdecimal() else 0
        if at != self._stack.currentIndex() and at < self._stack.count():
            self._show(at)

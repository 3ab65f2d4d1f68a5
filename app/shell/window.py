"""The main window: the workspace, or the sign-in or onboarding page in its place. It is painted before it has any."""

import base64
from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QEvent, QSize, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QIcon, QPainter, QPaintEvent
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QWidget

from app.shell.frame import paint_frame
from app.theme import Theme
from app.ui_settings import UiSettingsFile

if TYPE_CHECKING:  # the frame is painted before these are imported
    from app.shell.commands import CommandRegistry
    from app.shell.focus_ring import FocusRing
    from app.shell.palette import Palette
    from app.shell.toasts import Toasts
    from app.shell.workspace import Workspace
    from app.sign_in.page import SignInPage

TITLE = "ForexElite Pro"
MINIMUM = (1024, 700)
DEFAULT = (1600, 1000)


class MainWindow(QMainWindow):
    """The one window.

    Args:
        theme: Colours, fonts and icons.
        ui: The trader's own settings of the window.
        at_once: Whether it is built at once; else it is a frame, until `pieces` has given it all the rest.

    Attributes:
        workspace: Top bar, rail, pages and status bar.
        sign_in: The sign-in page.
        toasts: Short messages.
        commands: What menus, shortcuts and the palette offer.
        palette_dialog: The palette.
        is_closed: Whether the user has closed it.

    Signals:
        closed: The user closes it; the program then shuts down in order.
    """

    workspace: "Workspace"
    sign_in: "SignInPage"
    toasts: "Toasts"
    commands: "CommandRegistry"
    palette_dialog: "Palette"

    closed = Signal()

    def __init__(self, theme: Theme, ui: UiSettingsFile, *, at_once: bool = True) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setWindowTitle(TITLE)
        self.setMinimumSize(*MINIMUM)
        self._ui = ui
        self._theme = theme
        self.is_closed = False
        self._focus_ring: FocusRing | None = None
        self._place()
        if at_once:
            for _ in self.pieces():
                pass

    def pieces(self) -> Iterator[None]:
        """Builds all that the frame holds, a piece at each step, so that the event loop can turn between them."""
        from app.shell.commands import CommandRegistry  # noqa: PLC0415  # the frame is painted before all this is there
        from app.shell.focus_ring import FocusRing  # noqa: PLC0415
        from app.shell.palette import Palette  # noqa: PLC0415
        from app.shell.toasts import Toasts  # noqa: PLC0415
        from app.shell.workspace import Workspace  # noqa: PLC0415
        from app.sign_in.page import SignInPage  # noqa: PLC0415

        self.setWindowIcon(QIcon(self._theme.pixmap("app", "accent_fill", 64)))
        self.workspace = Workspace(self._theme)
        yield
        self.toasts = Toasts(self, self._theme)
        self.toasts.give_way(self.workspace.pages)
        self.commands = CommandRegistry(self)
        self.palette_dialog = Palette(self, self.commands)
        self.sign_in = SignInPage()
        yield
        self._root = QStackedWidget()
        self._root.setObjectName("root")
        self._root.addWidget(self.workspace)
        self._root.addWidget(self.sign_in)
        self.setCentralWidget(self._root)
        self._focus_ring = FocusRing(self, self._theme)
        self.workspace.setFocus()
        self._ui.changed.connect(self._on_setting)

    def show_workspace(self) -> None:
        """Shows the trader's workspace."""
        self._root.setCurrentWidget(self.workspace)
        self.workspace.setFocus()

    def show_sign_in(self) -> None:
        """Shows the sign-in page."""
        self._root.setCurrentWidget(self.sign_in)

    def show_full(self, page: QWidget) -> None:
        """Shows a page in place of the whole workspace."""
        if self._root.indexOf(page) < 0:
            self._root.addWidget(page)
        self._root.setCurrentWidget(page)

    @property
    def working(self) -> bool:
        """Whether the workspace is shown."""
        return self._root.currentWidget() is self.workspace

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: N802
        """Moves the focus as the Tab key asks for."""
        move = super().focusNextPrevChild
        return move(forward) if self._focus_ring is None else self._focus_ring.follow(move, forward)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Paints the frame while there is nothing in it yet."""
        if self.centralWidget() is None:
            with QPainter(self) as painter:
                paint_frame(painter, self.rect(), self._theme, working=self._ui.first.disclaimer_accepted)
        else:
            super().paintEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Remembers the window's place and lets the program end in order; the loop goes on until it has."""
        self._ui.set("geometry", base64.b64encode(self.saveGeometry().data()).decode())
        self.is_closed = True
        self.closed.emit()
        event.accept()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Keeps the palette from outliving the window it lies over."""
        if event.type() == QEvent.Type.WindowStateChange and self.isMinimized() and self.centralWidget() is not None:
            self.palette_dialog.reject()
        super().changeEvent(event)

    def _on_setting(self, name: str) -> None:
        if name in ("theme", "market_colours"):
            values = self._ui.values
            self._theme.choose(mode=values.theme, market_colours=values.market_colours)

    def _place(self) -> None:
        saved = self._ui.first.geometry
        if not (saved and self.restoreGeometry(QByteArray.fromBase64(QByteArray(saved.encode())))):
            room = self.screen().availableSize()
            if QGuiApplication.platformName() == "offscreen":  # its screen is smaller than any real one
                room = QSize(*DEFAULT)
            self.resize(room.boundedTo(QSize(*DEFAULT)).expandedTo(QSize(*MINIMUM)))

"""The tray icon: the window is found again, everything can be stopped, and alerts are heard when nobody looks."""

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QMenu, QSystemTrayIcon, QWidget

from app.language import tr
from app.theme import Theme

_SECONDS = 10
_ICONS = {
    "error": QSystemTrayIcon.MessageIcon.Critical, "warning": QSystemTrayIcon.MessageIcon.Warning,
}  # fmt: skip


class Tray(QObject):
    """Does nothing where the desktop has no tray."""

    def __init__(self, window: QWidget, theme: Theme, stop: Callable[[], None]) -> None:
        super().__init__(window)
        self._window, self._stop = window, stop
        self.menu = QMenu(window)
        self.menu.addAction(tr("Show ForexElite Pro")).triggered.connect(self.show_window)
        self.menu.addAction(tr("Stop everything …")).triggered.connect(self._ask_stop)
        self.menu.addSeparator()
        self.menu.addAction(tr("Quit")).triggered.connect(window.close)
        self.icon: QSystemTrayIcon | None = None
        if QSystemTrayIcon.isSystemTrayAvailable():
            self.icon = QSystemTrayIcon(QIcon(theme.pixmap("app", "accent_fill", 64)), self)
            self.icon.setToolTip("ForexElite Pro")
            self.icon.setContextMenu(self.menu)
            self.icon.activated.connect(self._activated)
            self.icon.messageClicked.connect(self.show_window)
            self.icon.show()

    def show_window(self) -> None:
        """Brings the window to the front, from the taskbar too."""
        if self._window.isMinimized():
            self._window.showNormal()
        self._window.show()
        self._window.raise_()
        self._window.activateWindow()

    def tell(self, level: str, message: str) -> None:
        """Shows a message of the desktop's own, unless the window is being worked in and shows it itself."""
        if self.icon is not None and not self._window.isActiveWindow():
            icon = _ICONS.get(level, QSystemTrayIcon.MessageIcon.Information)
            self.icon.showMessage("ForexElite Pro", tr(message), icon, _SECONDS * 1000)

    def close(self) -> None:
        """Takes the icon away."""
        if self.icon is not None:
            self.icon.hide()

    def _ask_stop(self) -> None:
        self.show_window()
        self._stop()

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in (QSystemTrayIcon.ActivationReason.Trigger, QSystemTrayIcon.ActivationReason.DoubleClick):
            self.show_window()

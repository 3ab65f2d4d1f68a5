"""The rail at the left edge: one entry a page."""

from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QSizePolicy, QToolButton, QVBoxLayout

from app.language import tr
from app.shell.frame import RAIL_WIDTH
from app.theme import Theme


@dataclass(frozen=True, slots=True)
class RailEntry:
    """A page in the rail.

    Attributes:
        name: Its stable name and that of its icon.
        title: What the trader reads.
        module: Where the page is; imported beside before the page is built.
    """

    name: str
    title: str
    module: str


ENTRIES = (
    RailEntry("trade", "Trade", "app.trade.page"),
    RailEntry("eas", "EAs", "app.ea.page"),
    RailEntry("deploy", "Deploy", "app.deployments.page"),
    RailEntry("history", "History", "app.history.page"),
    RailEntry("alerts", "Alerts", "app.alerts.page"),
    RailEntry("settings", "Settings", "app.settings.page"),
)


class Rail(QFrame):
    """Entries with icon and word; exactly one is chosen."""

    chosen = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("rail")
        self.setFixedWidth(RAIL_WIDTH)
        self._theme = theme
        self._buttons: dict[str, QToolButton] = {}
        group = QButtonGroup(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(5, 10, 5, 10)
        layout.setSpacing(6)
        for number, entry in enumerate(ENTRIES, start=1):
            button = QToolButton()
            button.setObjectName(f"rail.{entry.name}")
            button.setProperty("kind", "rail")
            button.setText(tr(entry.title))
            button.setToolTip(f"{tr(entry.title)} (Ctrl+{number})")
            button.setAccessibleName(tr(entry.title))
            button.setCheckable(True)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
            button.setIconSize(QSize(18, 18))
            button.setFixedHeight(46)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _checked, name=entry.name: self.chosen.emit(name))
            group.addButton(button)
            layout.addWidget(button)
            self._buttons[entry.name] = button
        layout.addStretch(1)
        theme.changed.connect(self._paint_icons)
        self._paint_icons()

    def show_chosen(self, name: str) -> None:
        """Marks the entry of the page that is shown."""
        self._buttons[name].setChecked(True)

    def _paint_icons(self) -> None:
        for name, button in self._buttons.items():
            button.setIcon(self._theme.icon(name, "mute", "accent"))

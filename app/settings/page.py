"""The settings page: sections at the left, the chosen one at the right."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QListWidget, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from app.context import AppContext
from app.language import tr
from app.settings.about import AboutSection
from app.settings.connections import CloudSection, TerminalSection
from app.settings.general import AlertsSection, AppearanceSection, TradingSection
from app.settings.risk import RiskSection
from app.settings.section import Section
from app.settings.shortcuts import ShortcutsSection
from app.settings.symbols import SymbolsSection
from app.widgets.labels import SectionHeader, separator

_LIST_WIDTH = 200


class SettingsPage(QWidget):
    """All settings. What concerns the whole window is asked for by signals."""

    terminal_wanted = Signal()
    bridge_wanted = Signal()
    sign_in_wanted = Signal()
    sign_out_wanted = Signal()

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self.setObjectName("page.settings")
        terminal, self._cloud = TerminalSection(context), CloudSection(context)
        terminal.terminal_wanted.connect(self.terminal_wanted)
        terminal.bridge_wanted.connect(self.bridge_wanted)
        self._cloud.sign_in_wanted.connect(self.sign_in_wanted)
        self._cloud.sign_out_wanted.connect(self.sign_out_wanted)
        sections: tuple[Section, ...] = (
            AppearanceSection(context), TradingSection(context), RiskSection(context),
            AlertsSection(context), ShortcutsSection(context), terminal,
            SymbolsSection(context), self._cloud, AboutSection(context),
        )  # fmt: skip
        self.list = QListWidget()
        self.list.setObjectName("settings.list")
        self.list.setAccessibleName(tr("Sections"))
        self.list.setProperty("role", "menu")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._stack = QStackedWidget()
        for section in sections:
            self.list.addItem(tr(section.title))
            scroll = QScrollArea()
            scroll.setWidgetResizable(True)
            scroll.setAccessibleName(tr(section.title))
            scroll.setWidget(section)
            section.setProperty("role", "scrolled")
            self._stack.addWidget(scroll)
        self.list.currentRowChanged.connect(self._stack.setCurrentIndex)
        self.list.setCurrentRow(0)
        left = QFrame()
        left.setProperty("role", "panel")
        left.setFixedWidth(_LIST_WIDTH)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(SectionHeader("Settings"))
        column.addWidget(self.list, 1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(left)
        layout.addWidget(separator("vertical"))
        layout.addWidget(self._stack, 1)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Reads what may have changed elsewhere."""
        self._cloud.refresh()
        super().showEvent(event)

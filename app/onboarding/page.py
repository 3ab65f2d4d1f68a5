"""Onboarding: leads through its steps, and leaves the ones out that are done."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from agent_core.terminal.models import Account, TerminalInstall
from app.context import AppContext
from app.onboarding.cloud import register_account, register_disclaimer
from app.onboarding.steps import BridgeStep, DisclaimerStep, TerminalStep
from app.tasks import describe
from app.widgets.centered import centered
from app.widgets.labels import label, set_tone

_CARD_WIDTH = 620
_CARD_HEIGHT = 520
_TITLES = ("Disclaimer", "Terminal", "Bridge")


class OnboardingPage(QWidget):
    """Disclaimer, terminal, bridge. `finished` when all are done or declined."""

    finished = Signal()

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self.setObjectName("onboarding")
        self._context = context
        self.disclaimer = DisclaimerStep()
        self.terminal = TerminalStep(context.theme)
        self.bridge = BridgeStep()
        self._steps = QStackedWidget()
        for step in (self.disclaimer, self.terminal, self.bridge):
            self._steps.addWidget(step)
        self._marks = [label(f"{number}  {title}", "strong") for number, title in enumerate(_TITLES, start=1)]
        self._lay_out()
        start = context.tasks.start
        self.disclaimer.accepted.connect(lambda: start(self._accept(), on_error=self._fail))
        self.terminal.search_pressed.connect(lambda: start(self.search(), on_error=self._fail))
        self.terminal.folder_pressed.connect(self._choose_folder)
        self.terminal.connect_pressed.connect(lambda install: start(self.connect_to(install), on_error=self._fail))
        self.bridge.install_pressed.connect(lambda: start(self._install_bridge(), on_error=self._fail))
        self.bridge.skip_pressed.connect(self.finished)

    def begin(self) -> None:
        """Shows the first step that is still to be done."""
        if not self._context.ui.values.disclaimer_accepted:
            self._show(self.disclaimer)
        else:
            self._show_terminals()

    async def search(self) -> None:
        """Looks for terminals."""
        self.terminal.set_busy(True)
        try:
            self.terminal.show_installs(await self._context.agent.terminal.discover())
        finally:
            self.terminal.set_busy(False)

    async def connect_to(self, install: TerminalInstall) -> None:
        """Connects a terminal, and tells the cloud about its account when one is signed in.

        Raises:
            ForexEliteError: the terminal can't be connected, or the cloud refused.
        """
        self.terminal.set_busy(True)
        try:
            account = await self._context.agent.terminal.connect(install)
            if self._context.api.user is not None:
                await register_account(self._context, account)
        finally:
            self.terminal.set_busy(False)
        self._after_terminal(account)

    async def _accept(self) -> None:
        self._context.ui.set("disclaimer_accepted", True)
        if self._context.api.user is not None:
            self.disclaimer.set_busy(True)
            try:
                await register_disclaimer(self._context)
            finally:
                self.disclaimer.set_busy(False)
        self._show_terminals()

    async def _install_bridge(self) -> None:
        self.bridge.set_busy(True)
        try:
            await self._context.agent.ea.install_bridge()
        finally:
            self.bridge.set_busy(False)
        self.finished.emit()

    def _show_terminals(self) -> None:
        self._show(self.terminal)
        self._context.tasks.start(self.search(), on_error=self._fail)

    def _after_terminal(self, account: Account) -> None:
        if self._context.agent.ea.bridge.state in ("connected", "trading_off"):
            self.finished.emit()
            return
        kind = "LIVE" if account.live else "demo"
        self.bridge.account.setText(f"Connected: {account.login} · {account.server} ({kind})")
        self._show(self.bridge)

    def _show(self, step: QWidget) -> None:
        self._steps.setCurrentWidget(step)
        current = self._steps.currentIndex()
        for number, mark in enumerate(self._marks):
            set_tone(mark, "flat" if number == current else "good" if number < current else "mute")

    def _fail(self, error: Exception) -> None:
        step = self._steps.currentWidget()
        if isinstance(step, DisclaimerStep | TerminalStep | BridgeStep):
            step.error.setText(describe(error))

    def _choose_folder(self) -> None:
        dialog = QFileDialog(self, "Folder of MetaTrader 5")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._add_folder)
        dialog.open()

    def _add_folder(self, folder: str) -> None:
        self._context.agent.settings.search_folders.append(Path(folder))
        self._context.tasks.start(self.search(), on_error=self._fail)

    def _lay_out(self) -> None:
        card = QFrame()
        card.setObjectName("onboarding.card")
        card.setProperty("role", "card")
        card.setFixedSize(_CARD_WIDTH, _CARD_HEIGHT)
        inner = QVBoxLayout(card)
        inner.setContentsMargins(32, 24, 32, 24)
        inner.setSpacing(18)
        head = QHBoxLayout()
        head.setSpacing(22)
        head.addWidget(label("FE", "mark"))
        head.addStretch(1)
        for mark in self._marks:
            head.addWidget(mark)
        inner.addLayout(head)
        inner.addWidget(self._steps, 1)
        centered(self, card)

"""Onboarding: leads through its steps, and leaves the ones out that are done."""

from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.terminal.models import TerminalInstall
from app.context import AppContext
from app.language import tr
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
        self._chosen: TerminalInstall | None = None
        self.disclaimer = DisclaimerStep()
        self.terminal = TerminalStep(context.theme)
        self.bridge = BridgeStep()
        self._steps = QStackedWidget()
        for step in (self.disclaimer, self.terminal, self.bridge):
            self._steps.addWidget(step)
        self._marks = [label(f"{number}  {tr(title)}", "strong") for number, title in enumerate(_TITLES, start=1)]
        self._lay_out()
        start = context.tasks.start
        self.disclaimer.accepted.connect(lambda: start(self._accept(), on_error=self._fail))
        self.terminal.search_pressed.connect(lambda: start(self.search(), on_error=self._fail))
        self.terminal.folder_pressed.connect(self._choose_folder)
        self.terminal.connect_pressed.connect(lambda install: start(self.choose(install), on_error=self._fail))
        self.terminal.later_pressed.connect(self.finished)
        self.bridge.install_pressed.connect(lambda: start(self._install_bridge(), on_error=self._fail))
        self.bridge.skip_pressed.connect(lambda: start(self._skip_bridge(), on_error=self._fail))

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
            terminal = self._context.agent.terminal
            self.terminal.show_installs(await terminal.discover(), terminal.uses)
        finally:
            self.terminal.set_busy(False)

    async def choose(self, install: TerminalInstall) -> None:
        """Goes on with a terminal: offers the bridge where it is missing, and connects.

        The bridge can be put into a closed terminal alone, so a terminal that doesn't run is asked about it first.

        Raises:
            ForexEliteError: the terminal can't be connected.
        """
        agent = self._context.agent
        self._chosen = install
        self.terminal.set_busy(True)
        try:
            if not agent.terminal.uses(install):
                await agent.terminal.disconnect()  # from here on nothing is done in the other one
            await agent.ea.attach(install)
            bridge_missing = agent.ea.bridge.state == "missing"
            if install.running or not bridge_missing:
                await self._connect(install)
        finally:
            self.terminal.set_busy(False)
        if bridge_missing:
            self.show_bridge(install)
        else:
            self.finished.emit()

    def show_bridge(self, install: TerminalInstall) -> None:
        """Asks about the bridge of a terminal."""
        self._chosen = install
        self.bridge.show_terminal(install, running=install.running or self._context.agent.terminal.connected)
        self._show(self.bridge)

    async def _accept(self) -> None:
        self._context.ui.set("disclaimer_accepted", True)
        self.disclaimer.set_busy(True)
        try:
            await self._tell_cloud(register_disclaimer(self._context))
        finally:
            self.disclaimer.set_busy(False)
        self._show_terminals()

    async def _install_bridge(self) -> None:
        self.bridge.set_busy(True)
        try:
            await self._context.agent.terminal.disconnect()  # else it would be started again at once
            await self._context.agent.ea.install_bridge(close_terminal=True)
            await self._connect_chosen()
        finally:
            self.bridge.set_busy(False)
        self.finished.emit()

    async def _skip_bridge(self) -> None:
        self.bridge.set_busy(True)
        try:
            await self._connect_chosen()
        finally:
            self.bridge.set_busy(False)
        self.finished.emit()

    async def _connect_chosen(self) -> None:
        if self._chosen is not None:
            await self._connect(self._chosen)

    async def _connect(self, install: TerminalInstall) -> None:
        account = await self._context.agent.terminal.connect(install)
        await self._tell_cloud(register_account(self._context, account))

    async def _tell_cloud(self, work: Coroutine[Any, Any, None]) -> None:
        """Work on this computer never waits for the cloud: what it could not be told, it is told at the next start."""
        if self._context.api.user is None:
            work.close()
            return
        try:
            await work
        except ForexEliteError as error:
            if error.code is not ErrorCode.SERVICE_UNAVAILABLE:
                raise
            self._context.toasts.warning(error.detail)

    def _show_terminals(self) -> None:
        self._show(self.terminal)
        self._context.tasks.start(self.search(), on_error=self._fail)

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

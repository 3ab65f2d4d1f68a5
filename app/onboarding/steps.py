"""The steps of onboarding as widgets; each tells by signals what the trader decided."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QScrollArea, QVBoxLayout, QWidget

from agent_core.terminal.models import TerminalInstall
from app.language import tr
from app.theme import Theme
from app.widgets.buttons import button, check_box
from app.widgets.empty_state import EmptyState
from app.widgets.labels import Pill, label

DISCLAIMER = (
    "Trading foreign exchange and CFDs on margin carries a high risk and may not suit every investor. "
    "You can lose more than you put in.\n\n"
    "ForexElite Pro is a tool. It gives no investment advice, and neither generated code nor a test result is a "
    "promise of profit. Code written by a model can be wrong: test every EA on a demo account first.\n\n"
    "Orders, EAs and the stop button depend on MetaTrader 5, your broker and your connection. Keep a second way to "
    "reach your broker. You alone decide what is traded, and you carry its result."
)


class Step(QWidget):
    """A step: title, sentence, content, one line for an error, and its buttons at the bottom."""

    def __init__(self, name: str, title: str, text: str) -> None:
        super().__init__()
        self.setObjectName(f"onboarding.{name}")
        self.error = label("", "error", f"onboarding.{name}.error", wrap=True)
        self.error.setMinimumHeight(34)
        self.error.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.progress = QProgressBar()
        self.progress.setRange(0, 0)
        self.progress.setVisible(False)
        self.body = QVBoxLayout()
        self.body.setSpacing(10)
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(8)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(label(title, "display", f"onboarding.{name}.title"))
        layout.addWidget(label(text, "dim", wrap=True))
        layout.addLayout(self.body, 1)
        layout.addWidget(self.progress)
        layout.addWidget(self.error)
        layout.addLayout(self.buttons)

    def set_busy(self, busy: bool) -> None:
        """Shows that something is under way."""
        self.progress.setVisible(busy)
        self.error.setText("" if busy else self.error.text())


class DisclaimerStep(Step):
    """What trading can cost; goes on only when it was accepted."""

    accepted = Signal()

    def __init__(self) -> None:
        super().__init__("disclaimer", "Before you trade", "Read this once. You can find it again in Settings.")
        text = label(DISCLAIMER, "", "onboarding.disclaimer.text", wrap=True)
        well = QFrame()
        well.setProperty("role", "well")
        inner = QVBoxLayout(well)
        inner.setContentsMargins(16, 14, 16, 14)
        inner.addWidget(text)
        self.body.addWidget(well)
        self.check = check_box("I have read this and accept the risk", "onboarding.disclaimer.accept")
        self.body.addWidget(self.check)
        self.body.addStretch(1)
        self.next = button("Continue", "onboarding.disclaimer.continue", "primary", self.accepted.emit)
        self.next.setEnabled(False)
        self.check.toggled.connect(self.next.setEnabled)
        self.buttons.addStretch(1)
        self.buttons.addWidget(self.next)


class TerminalCard(QFrame):
    """One terminal of this computer."""

    connect_pressed = Signal(object)

    def __init__(self, install: TerminalInstall, number: int, *, used: bool = False) -> None:
        super().__init__()
        self.setObjectName(f"onboarding.terminal.{number}")
        self.setProperty("role", "well")
        state = "connected" if used else "running" if install.running else "not running"
        running = Pill(state, "good" if install.running else "neutral")
        path = label(str(install.executable), "tiny")
        path.setToolTip(tr(f"{install.executable}\nData folder: {install.data_folder}"))
        path.setMinimumWidth(80)
        texts = QVBoxLayout()
        texts.setSpacing(2)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(label(install.name, "strong"))
        head.addWidget(running)
        if install.portable:
            head.addWidget(Pill("portable"))
        head.addStretch(1)
        texts.addLayout(head)
        texts.addWidget(path)
        if install.facts:
            texts.addWidget(label(install.facts, "tiny"))
        self.connect_button = button(
            "Keep" if used else "Connect" if install.running else "Start and connect",
            f"onboarding.terminal.{number}.connect",
            "primary",
            lambda: self.connect_pressed.emit(install),
        )
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 12, 14, 12)
        layout.setSpacing(12)
        layout.addLayout(texts, 1)
        layout.addWidget(self.connect_button)


class TerminalStep(Step):
    """The terminals that were found."""

    connect_pressed = Signal(object)
    search_pressed = Signal()
    folder_pressed = Signal()
    later_pressed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(
            "terminals",
            "Connect MetaTrader 5",
            "The terminal must be logged in to the account you want to trade. Your password stays in MetaTrader.",
        )
        self._empty = EmptyState(
            theme,
            "onboarding.terminals.empty",
            icon="terminal",
            title="No MetaTrader 5 was found on this computer",
            text="Install it from your broker's site and start it once, then look again. A portable install is found "
            "when you choose its folder.",
            action="Look again",
            on_action=self.search_pressed.emit,
        )
        self._list = QVBoxLayout()
        self._list.setSpacing(8)
        inner = QWidget()
        inner.setProperty("role", "scrolled")
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._list)
        column.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setWidget(inner)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.body.addWidget(self._empty, 1)
        self.body.addWidget(self._scroll, 1)
        self.search = button("Look again", "onboarding.terminals.search", "", self.search_pressed.emit)
        self.folder = button("Choose a folder …", "onboarding.terminals.folder", "", self.folder_pressed.emit)
        self.buttons.addWidget(self.search)
        self.later = button("Later", "onboarding.terminals.later", "ghost", self.later_pressed.emit)
        self.buttons.addWidget(self.folder)
        self.buttons.addStretch(1)
        self.buttons.addWidget(self.later)
        self._cards: list[TerminalCard] = []
        self.show_installs([])

    def show_installs(
        self, installs: list[TerminalInstall], used: Callable[[TerminalInstall], bool] = lambda _: False
    ) -> None:
        """Shows what was found, and which one is connected: that one can be kept."""
        for card in self._cards:
            self._list.removeWidget(card)
            card.deleteLater()
        self._cards = [TerminalCard(each, number, used=used(each)) for number, each in enumerate(installs)]
        kept = any(used(each) for each in installs)
        self.later.setText(tr("Back" if kept else "Later"))
        self.later.setToolTip("" if kept else tr("Open the window without a terminal"))
        for card in self._cards:
            card.connect_pressed.connect(self.connect_pressed)
            self._list.addWidget(card)
        self._empty.setVisible(not installs)
        self._scroll.setVisible(bool(installs))

    def set_busy(self, busy: bool) -> None:
        """Nothing can be pressed twice while a terminal is looked for or connected."""
        super().set_busy(busy)
        for widget in (self.search, self.folder, self.later, *(card.connect_button for card in self._cards)):
            widget.setEnabled(not busy)


class BridgeStep(Step):
    """Asks before the bridge EA is put into the terminal."""

    install_pressed = Signal()
    skip_pressed = Signal()

    def __init__(self) -> None:
        super().__init__(
            "bridge",
            "Install the bridge",
            "A small EA that lets ForexElite Pro start and stop your EAs on charts. Trading by hand works without it.",
        )
        self.terminal = label("", "strong", "onboarding.bridge.terminal", wrap=True)
        self.body.addWidget(self.terminal)
        for fact in (
            "It is compiled by your own MetaEditor and lives in MQL5/Experts/ForexElitePro.",
            "It gets a chart of its own and never trades.",
            "It talks through files on this computer only: no DLL, no network.",
        ):
            self.body.addWidget(label(f"·  {tr(fact)}", "", wrap=True))
        self.hint = label("", "warning", "onboarding.bridge.hint", wrap=True)
        self.body.addWidget(self.hint)
        self.body.addStretch(1)
        self.install = button("Install the bridge", "onboarding.bridge.install", "primary", self.install_pressed.emit)
        self.skip = button("Not now", "onboarding.bridge.skip", "", self.skip_pressed.emit)
        self.buttons.addStretch(1)
        self.buttons.addWidget(self.skip)
        self.buttons.addWidget(self.install)

    def show_terminal(self, install: TerminalInstall, *, running: bool) -> None:
        """Tells which terminal it is about, and what its owner must do first."""
        self.terminal.setText(install.name)
        self.hint.setText(
            "MetaTrader runs now. “Install the bridge” asks it to close and starts it again afterwards: EAs on its "
            "charts pause for that moment, open positions stay as they are."
            if running
            else ""
        )

    def set_busy(self, busy: bool) -> None:
        """The bridge is being installed."""
        super().set_busy(busy)
        self.install.setEnabled(not busy)
        self.skip.setEnabled(not busy)

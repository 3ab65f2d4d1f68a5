"""The generation panel: describe a strategy, watch it being written and checked, answer what it has to know."""

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QScrollArea, QVBoxLayout, QWidget

from agent_core.ea.models import EaVersion
from agent_core.protocol.ea import Brief, GenerationUsage
from app.ea.cards import Card, ProgressCard, QuestionCard, brief_card, column, said_card
from app.language import tr
from app.widgets.buttons import button
from app.widgets.labels import SectionHeader, label

_FOLLOW_MS = 300
_EXAMPLE = "Describe a strategy: when to enter, when to leave, how much to risk…"


class GenerationPanel(QFrame):
    """A conversation with the generator.

    Signals:
        asked: description of a strategy, or of a change.
        answered: the trader's answers to the generator's questions.
        cancelled: the user gives up waiting.
    """

    asked = Signal(str)
    answered = Signal(tuple)
    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("ea.generate")
        self.setProperty("role", "panel")
        self._progress: ProgressCard | None = None
        self._cards: list[QWidget] = []
        self.spent = label("", "small", "ea.generate.spent")
        self._hint = label(
            "The generator writes MQL5, the checker reads it, and errors go back until it is clean. Nothing trades "
            "before you deploy it to a chart.", "dim", "ea.generate.hint", wrap=True,
        )  # fmt: skip
        inside = QWidget()
        inside.setProperty("role", "scrolled")
        self._column = column(inside)
        self._column.insertWidget(0, self._hint)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(inside)
        self._scroll.setAccessibleName(tr("Generate"))
        self._scroll.verticalScrollBar().rangeChanged.connect(self._grown)
        self._following = QTimer(self)
        self._following.setSingleShot(True)
        self._following.setInterval(_FOLLOW_MS)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(SectionHeader("Generate", self.spent))
        layout.addWidget(self._scroll, 1)
        layout.addWidget(self._input_box())

    def show_version(self, version: EaVersion | None) -> None:
        """Shows what led to a version, and asks for a change to it; without one, for a new strategy."""
        self._clear()
        if version is not None and version.prompt:
            self._add(said_card(version.prompt))
        if version is not None and version.brief:
            self._add(brief_card(version.brief))
        self._hint.setVisible(not self._cards)
        self._invite(version)

    def begin(self, description: str) -> None:
        """Shows the question and waits for the answer."""
        self._hint.hide()
        for card in self._cards:
            if isinstance(card, QuestionCard):
                card.settle()
        self._add(said_card(description))
        self.go_on()

    def go_on(self) -> None:
        """Waits for the rest of an answer, after the trader's own."""
        self._progress = ProgressCard()
        self._add(self._progress)
        self._busy(True)

    def think(self, text: str) -> None:
        """Adds to what the model thinks."""
        if self._progress is not None:
            self._progress.think(text)
            self._follow()

    def show_brief(self, brief: Brief) -> None:
        """Shows what the generator understood, above what it does about it."""
        if self._progress is None:
            return
        self._progress.end_thinking()
        card = brief_card(brief)
        self._cards.append(card)
        self._column.insertWidget(self._column.indexOf(self._progress), card)
        self._follow()

    def tell(self, text: str, tone: str = "dim") -> None:
        """Adds a line to the answer's card."""
        if self._progress is not None:
            self._progress.tell(text, tone)
            self._follow()

    def ask(self, questions: list[str]) -> None:
        """Shows the generator's questions; the trader's answers continue the same generation."""
        self._settle()
        card = QuestionCard(questions)
        card.answered.connect(self.answered)
        self._add(card)
        card.focus()

    def finish(self, version: EaVersion) -> None:
        """The next description may come, or a change to what was written."""
        self._settle()
        self.input.clear()
        self._invite(version)

    def fail(self, sentence: str) -> None:
        """Shows why there is no answer; the description stays, to be tried again."""
        self.tell(sentence, "bad")
        self._settle()

    def show_usage(self, usage: GenerationUsage) -> None:
        """Shows which model writes, and what today's generations cost."""
        self.spent.setText(tr(f"{usage.model.upper()} · {usage.cost_usd:.3f} USD today"))
        self.spent.setToolTip(
            f"Today {usage.generations} of {usage.generations_a_day} generations, "
            f"{usage.tokens:,} of {usage.tokens_a_day:,} tokens."
        )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Ctrl+Enter in the input asks."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
            and event.modifiers() & Qt.KeyboardModifier.ControlModifier
        ):
            self._ask()
            return True
        return super().eventFilter(watched, event)

    def _input_box(self) -> QFrame:
        box = QFrame()
        box.setProperty("role", "panel")
        self.input = QPlainTextEdit()
        self.input.setTabChangesFocus(True)
        self.input.setObjectName("ea.generate.input")
        self.input.setAccessibleName(tr("Description of the strategy"))
        self.input.setPlaceholderText(tr(_EXAMPLE))
        self.input.setFixedHeight(84)
        self.input.installEventFilter(self)
        self.generate = button("Generate", "ea.generate.button", "primary", self._ask)
        self.stop = button("Cancel", "ea.generate.cancel", "", self.cancelled.emit)
        self.stop.hide()
        row = QHBoxLayout()
        row.addWidget(label("Ctrl+Enter", "tiny"))
        row.addStretch(1)
        row.addWidget(self.stop)
        row.addWidget(self.generate)
        rows = QVBoxLayout(box)
        rows.setContentsMargins(12, 8, 12, 12)
        rows.setSpacing(8)
        rows.addWidget(self.input)
        rows.addLayout(row)
        return box

    def _invite(self, version: EaVersion | None) -> None:
        self.input.setPlaceholderText(
            tr(_EXAMPLE if version is None else f"Describe a strategy, or ask for a change to v{version.number}…")
        )

    def _ask(self) -> None:
        description = self.input.toPlainText().strip()
        if description and self.generate.isEnabled():
            self.asked.emit(description)

    def _settle(self) -> None:
        if self._progress is not None:
            self._progress.end_thinking()
        self._busy(False)

    def _busy(self, busy: bool) -> None:
        self.generate.setEnabled(not busy)
        self.stop.setVisible(busy)
        self._follow()

    def _add(self, card: Card) -> None:
        self._cards.append(card)
        self._column.insertWidget(self._column.count() - 1, card)
        self._follow()

    def _clear(self) -> None:
        self._progress = None
        for card in self._cards:
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
        self._cards.clear()

    def _follow(self) -> None:
        """Keeps the end in sight; the cards find their height a moment later."""
        self._following.start()

    def _grown(self, _least: int, end: int) -> None:
        if self._following.isActive():
            self._scroll.verticalScrollBar().setValue(end)

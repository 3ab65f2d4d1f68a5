"""The generation panel: describe a strategy, watch it being written and checked."""

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPlainTextEdit, QScrollArea, QVBoxLayout, QWidget

from agent_core.protocol.ea import Brief
from app.theme import Theme
from app.widgets.buttons import button
from app.widgets.labels import SectionHeader, label, set_tone

_EXAMPLE = "Describe a strategy: when to enter, when to leave, how much to risk…"


class GenerationPanel(QFrame):
    """A conversation with the generator.

    Signals:
        asked: description of a strategy, or of a change.
        cancelled: the user gives up waiting.
    """

    asked = Signal(str)
    cancelled = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("ea.generate")
        self.setProperty("role", "panel")
        self._theme = theme
        self._thought: QLabel | None = None
        self._status: QLabel | None = None
        self.spent = label("", "small", "ea.generate.spent")
        self._cards = QVBoxLayout()
        self._cards.setContentsMargins(12, 4, 12, 12)
        self._cards.setSpacing(10)
        self._hint = label(
            "The generator writes MQL5, the checker reads it, and errors go back until it is clean. Nothing trades "
            "before you deploy it to a chart.", "dim", "ea.generate.hint", wrap=True,
        )  # fmt: skip
        self._cards.addWidget(self._hint)
        self._cards.addStretch(1)
        inside = QWidget()
        inside.setProperty("role", "scrolled")
        inside.setLayout(self._cards)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(inside)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(SectionHeader("Generate", self.spent))
        layout.addWidget(self._scroll, 1)
        layout.addWidget(self._input_box())

    def begin(self, description: str) -> None:
        """Shows the question and waits for the answer."""
        self._hint.hide()
        self._add_card(label(description, wrap=True), "raised")
        self._thought = label("Thinking…", "small", wrap=True)
        self._status = label("", "", "ea.generate.status", wrap=True)
        self._status.hide()
        box = QWidget()
        rows = QVBoxLayout(box)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(6)
        rows.addWidget(self._thought)
        rows.addWidget(self._status)
        self._add_card(box, "well")
        self._busy(True)

    def think(self, text: str) -> None:
        """Adds to what the model thinks."""
        if self._thought is not None:
            self._thought.setText((self._thought.text().removeprefix("Thinking…") + text)[-600:])

    def tell(self, text: str, tone: str = "dim") -> None:
        """Adds a line to the answer's card."""
        if self._status is None:
            return
        before = self._status.text()
        self._status.setText(f"{before}\n{text}" if before else text)
        self._status.show()
        set_tone(self._status, tone)
        self._follow()

    def finish(self, brief: Brief | None, spent: str) -> None:
        """Shows the brief; the next description may come."""
        if brief:
            lines = (f"{name.capitalize()}: {value}" for name, value in brief.model_dump().items() if value)
            self._add_card(label("\n".join(lines), wrap=True), "well")
        self.spent.setText(spent)
        self.input.clear()
        self._busy(False)

    def fail(self, sentence: str) -> None:
        """Shows why there is no answer; the description stays, to be tried again."""
        self.tell(sentence, "bad")
        self._busy(False)

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
        self.input.setObjectName("ea.generate.input")
        self.input.setAccessibleName("Description of the strategy")
        self.input.setPlaceholderText(_EXAMPLE)
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

    def _ask(self) -> None:
        description = self.input.toPlainText().strip()
        if description and self.generate.isEnabled():
            self.asked.emit(description)

    def _busy(self, busy: bool) -> None:
        self.generate.setEnabled(not busy)
        self.stop.setVisible(busy)
        self._follow()

    def _add_card(self, content: QWidget, role: str) -> None:
        card = QFrame()
        card.setProperty("role", role)
        inner = QVBoxLayout(card)
        inner.setContentsMargins(12, 10, 12, 10)
        inner.addWidget(content)
        self._cards.insertWidget(self._cards.count() - 1, card)
        self._follow()

    def _follow(self) -> None:
        bar = self._scroll.verticalScrollBar()
        QTimer.singleShot(0, bar, lambda: bar.setValue(bar.maximum()))

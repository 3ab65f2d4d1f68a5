"""Cards of the generation panel: what was asked, what the generator thinks and understood, what it wants to know."""

import time

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QLineEdit, QVBoxLayout, QWidget

from agent_core.protocol.ea import Brief, Clarification
from app.language import tr
from app.widgets.buttons import button
from app.widgets.form import field
from app.widgets.labels import label, set_tone

_SHOWN_THOUGHT = 1200
_AS_YOU_THINK_BEST = "As you think best."


class Card(QFrame):
    """A framed block of the conversation; `raised` for what the trader says, `well` for answers."""

    def __init__(self, role: str = "well") -> None:
        super().__init__()
        self.setProperty("role", role)
        self.rows = QVBoxLayout(self)
        self.rows.setContentsMargins(12, 10, 12, 10)
        self.rows.setSpacing(4)


def said_card(text: str) -> Card:
    """What the trader asked for."""
    card = Card("raised")
    card.rows.addWidget(label(text, wrap=True))
    return card


def brief_card(brief: Brief) -> Card:
    """What the generator understood, a line each; what it assumed stands back."""
    card = Card()
    card.setObjectName("ea.generate.brief")
    card.rows.addWidget(label("Brief", "strong"))
    for name, text in brief.model_dump().items():
        if text:
            title = tr(name.capitalize())
            card.rows.addWidget(label(f"{title}: {text}", "dim" if name == "assumed" else "", wrap=True))
    return card


class ProgressCard(Card):
    """How a generation goes: its thoughts, folded once they are over, and one line a step."""

    def __init__(self) -> None:
        super().__init__()
        self._began = time.monotonic()
        self._over = False
        self._thought = ""
        self._title = ""
        self._fold = button("▾ Thinking…", "ea.generate.fold", "link", self._toggle)
        self._fold.setStyleSheet("text-align: left; padding: 0")
        self._text = label("", "small", "ea.generate.thought", wrap=True)
        self._text.hide()
        self.status = label("", "", "ea.generate.status", wrap=True)
        self.status.hide()
        for part in (self._fold, self._text, self.status):
            self.rows.addWidget(part)

    def think(self, text: str) -> None:
        """Adds to what the model thinks."""
        self._thought = (self._thought + text)[-_SHOWN_THOUGHT:]
        self._text.setText(self._thought)
        if not self._over:
            self._text.show()

    def end_thinking(self) -> None:
        """Folds the thoughts away."""
        if self._over:
            return
        self._over = True
        self._title = f"Thought for {max(1, round(time.monotonic() - self._began))} s"
        self._fold.setText(f"▸ {tr(self._title)}")
        self._text.hide()

    def tell(self, text: str, tone: str) -> None:
        """Adds a line in a tone."""
        self.status.setText("\n".join(filter(None, (self.status.text(), tr(text)))))
        self.status.show()
        set_tone(self.status, tone)

    def _toggle(self) -> None:
        if self._over and self._thought:
            self._text.setVisible(self._text.isHidden())
            self._fold.setText(f"{'▸' if self._text.isHidden() else '▾'} {tr(self._title)}")


class QuestionCard(Card):
    """What the generator has to know before it can write.

    Signals:
        answered: the clarifications; a question left open is the generator's to decide.
    """

    answered = Signal(tuple)

    def __init__(self, questions: list[str]) -> None:
        super().__init__()
        self.setObjectName("ea.generate.questions")
        self.rows.setSpacing(8)
        self.rows.addWidget(label("One thing first" if len(questions) == 1 else "A few things first", "strong"))
        self._fields: list[tuple[str, QLineEdit]] = []
        for number, question in enumerate(questions):
            answer = field(f"ea.generate.answer.{number}", placeholder=_AS_YOU_THINK_BEST)
            answer.setMaxLength(1000)
            answer.setAccessibleName(question)
            answer.returnPressed.connect(self._send)
            self.rows.addWidget(label(question, wrap=True))
            self.rows.addWidget(answer)
            self._fields.append((question, answer))
        self._button = button("Continue", "ea.generate.continue", "primary", self._send)
        self.rows.addWidget(self._button)

    def focus(self) -> None:
        """Puts the keyboard into the first answer."""
        self._fields[0][1].setFocus()

    def settle(self) -> None:
        """Takes no answers any more: they were given, or the trader asked for something else."""
        self._button.setEnabled(False)
        for _question, answer in self._fields:
            answer.setReadOnly(True)

    def _send(self) -> None:
        if not self._button.isEnabled():
            return
        self.settle()
        self.answered.emit(
            tuple(
                Clarification(question=question, answer=answer.text().strip() or _AS_YOU_THINK_BEST)
                for question, answer in self._fields
            )
        )


def column(parent: QWidget) -> QVBoxLayout:
    """A column of cards with room below."""
    rows = QVBoxLayout(parent)
    rows.setContentsMargins(12, 4, 12, 12)
    rows.setSpacing(10)
    rows.addStretch(1)
    return rows

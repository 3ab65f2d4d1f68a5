"""Texts: labels in the roles of the style sheet, chips, section headers, separators."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget

from app.language import tr


class _Label(QLabel):
    """Shows whatever it is given in the window's language."""

    def setText(self, text: str) -> None:  # noqa: N802
        super().setText(tr(text))


def label(text: str = "", role: str = "", name: str = "", *, wrap: bool = False) -> QLabel:
    """Returns a label in a role of the style sheet; its text is always plain, and in the window's language."""
    made = _Label()
    made.setText(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        made.setProperty("role", role)
    if name:
        made.setObjectName(name)
    made.setWordWrap(wrap)
    return made


def set_property(widget: QWidget, name: str, value: str) -> None:
    """Sets a property the style sheet looks at, and restyles the widget if it is new."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def set_tone(widget: QWidget, tone: str) -> None:
    """Colours a label: up, down, good, bad, warning, flat, dim or mute."""
    set_property(widget, "tone", tone)


def set_invalid(field: QWidget, invalid: bool) -> None:
    """Marks a field whose content is refused."""
    set_property(field, "invalid", "true" if invalid else "false")


def separator(orientation: str = "horizontal") -> QFrame:
    """Returns a one-pixel line."""
    line = QFrame()
    line.setProperty("role", "line")
    line.setProperty("orientation", orientation)
    return line


class Pill(QLabel):
    """A small filled chip with a word, in a tone: neutral, accent, up, down, good, bad, warning, owner."""

    def __init__(self, text: str = "", tone: str = "neutral", name: str = "") -> None:
        super().__init__(tr(text))
        self.setProperty("pill", tone)
        self.setObjectName(name)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Maximum)

    def show_state(self, text: str, tone: str) -> None:
        """Changes word and tone."""
        self.setText(tr(text))
        set_property(self, "pill", tone)


class SectionHeader(QWidget):
    """A title in small capitals over a panel, with room for controls on the right."""

    def __init__(self, title: str, *controls: QWidget) -> None:
        super().__init__()
        self.setFixedHeight(34)
        self.title = label(tr(title).upper(), "section")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 0, 8, 0)
        layout.addWidget(self.title)
        layout.addStretch(1)
        for control in controls:
            layout.addWidget(control)

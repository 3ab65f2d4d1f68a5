"""Rows of a form: a small label over its field."""

from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from app.language import tr
from app.widgets.labels import label


def field(name: str, *, placeholder: str = "", secret: bool = False) -> QLineEdit:
    """Returns a line to type into; a secret one hides what is typed."""
    made = QLineEdit()
    made.setObjectName(name)
    made.setPlaceholderText(tr(placeholder))
    made.setMinimumHeight(34)
    if secret:
        made.setEchoMode(QLineEdit.EchoMode.Password)
    return made


def labelled(title: str, widget: QWidget) -> QWidget:
    """Returns the widget with its label above; the label is its accessible name too."""
    widget.setAccessibleName(tr(title))
    row = QWidget()
    layout = QVBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(4)
    caption = label(title, "small")
    caption.setBuddy(widget)
    layout.addWidget(caption)
    layout.addWidget(widget)
    return row

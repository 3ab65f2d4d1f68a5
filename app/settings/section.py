"""A section of the settings: a title, a sentence, and rows of label and control."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLayout, QSizePolicy, QVBoxLayout, QWidget

from app.language import tr
from app.widgets.labels import label, separator

_WIDTH = 640
_LABEL_WIDTH = 300
#: The widest field that has room beside its label.
FIELD_WIDTH = 260


class Section(QWidget):
    """Rows stand under each other, controls in one column."""

    def __init__(self, name: str, title: str, text: str) -> None:
        super().__init__()
        self.setObjectName(f"settings.{name}")
        self.title = title
        self.rows = QVBoxLayout()
        self.rows.setSpacing(14)
        self.note = label("", "dim", f"settings.{name}.note", wrap=True)
        self.note.setMinimumHeight(20)
        column = self._column = QVBoxLayout()
        column.setContentsMargins(32, 24, 32, 24)
        column.setSpacing(14)
        column.addWidget(label(title, "title"))
        column.addWidget(label(text, "dim", wrap=True))
        column.addWidget(separator())
        column.addLayout(self.rows)
        column.addWidget(self.note)
        column.addStretch(1)
        inner = QWidget()
        inner.setMaximumWidth(_WIDTH)
        inner.setLayout(column)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(inner, 1)
        outer.addStretch(0)
        outer.setAlignment(inner, Qt.AlignmentFlag(0))

    def answer_under(self, row: int) -> None:
        """Moves the note under a row, counted from 0, where a section is longer than the window is high."""
        for layout in (self._column, self.rows):
            layout.removeWidget(self.note)
        self.rows.insertWidget(row + 1, self.note)

    def add_row(self, title: str, hint: str, control: QWidget | QLayout) -> None:
        """Adds a row; the hint says what the setting changes."""
        texts = QVBoxLayout()
        texts.setSpacing(1)
        texts.addWidget(label(title))
        if hint:
            texts.addWidget(label(hint, "tiny", wrap=True))
        left = QWidget()
        left.setFixedWidth(_LABEL_WIDTH)
        left.setLayout(texts)
        left.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Minimum)
        texts.setContentsMargins(0, 0, 0, 0)
        texts.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(left, 0, Qt.AlignmentFlag.AlignTop)
        if isinstance(control, QLabel):
            control.setAccessibleName(tr(title))
            row.addWidget(control, 1)
        elif isinstance(control, QWidget):
            control.setAccessibleName(tr(title))
            row.addWidget(control, 1, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        else:
            row.addLayout(control, 1)
        self.rows.addLayout(row)

"""A choice of two or three words, side by side."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout

from app.widgets.buttons import button


class Choice(QFrame):
    """Exactly one value is chosen; `chosen` carries it when the user picks another."""

    chosen = Signal(str)

    def __init__(self, name: str, options: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("role", "well")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2, 2, 2, 2)
        layout.setSpacing(2)
        group = QButtonGroup(self)
        self._buttons = {}
        for value, title in options:
            made = button(title, f"{name}.{value}", "segment", partial(self.chosen.emit, value))
            made.setCheckable(True)
            made.setMinimumWidth(110)
            group.addButton(made)
            layout.addWidget(made)
            self._buttons[value] = made

    def show_value(self, value: str) -> None:
        """Marks a value as chosen."""
        self._buttons[value].setChecked(True)

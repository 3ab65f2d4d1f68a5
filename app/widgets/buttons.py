"""Buttons in the kinds of the style sheet."""

from collections.abc import Callable

from PySide6.QtWidgets import QCheckBox, QMenu, QPushButton, QSizePolicy

from app.language import tr


def button(text: str, name: str, kind: str = "", on_click: Callable[[], object] | None = None) -> QPushButton:
    """Returns a push button.

    Args:
        text: What it says.
        name: Stable object name.
        kind: primary, danger, stop, ghost, link, tab or segment; a plain button when left out.
        on_click: Called without arguments.
    """
    made = QPushButton(tr(text))
    made.setObjectName(name)
    made.setAutoDefault(False)
    if kind:
        made.setProperty("kind", kind)
    if on_click is not None:
        made.clicked.connect(lambda _checked: on_click())
    return made


def check_box(text: str, name: str, *, checked: bool = False) -> QCheckBox:
    """Returns a check box no wider than its text, so that all of it can be pressed."""
    made = QCheckBox(tr(text))
    made.setObjectName(name)
    made.setChecked(checked)
    made.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
    return made


class MenuButton(QPushButton):
    """A link that shows what is chosen and opens a menu of the choices."""

    def __init__(self, name: str, about: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("kind", "link")
        self.setAutoDefault(False)
        self._about = about
        self.choices = QMenu(self)
        self.setMenu(self.choices)

    def show_choice(self, text: str) -> None:
        """Shows what is chosen."""
        text = tr(text)
        self.setText(f"{text} ▾")
        self.setAccessibleName(f"{tr(self._about)}: {text}")

"""What a list or a page says while it is empty: why, and the next step."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.theme import Theme
from app.widgets.buttons import button
from app.widgets.icon_label import IconLabel
from app.widgets.labels import label

_ICON = 28
_TEXT_WIDTH = 420


class EmptyState(QWidget):
    """An icon, a title, a sentence and perhaps a button, in the middle of the room there is."""

    def __init__(
        self,
        theme: Theme,
        name: str,
        *,
        icon: str,
        title: str,
        text: str,
        action: str = "",
        on_action: Callable[[], object] | None = None,
    ) -> None:
        super().__init__()
        self.setObjectName(name)
        self.title = label(title, "strong", f"{name}.title", wrap=True)
        self.title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.text = label(text, "dim", f"{name}.text", wrap=True)
        self.text.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self.text.setMaximumWidth(_TEXT_WIDTH)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(8)
        layout.addStretch(1)
        layout.addWidget(IconLabel(theme, icon, "mute", _ICON))
        layout.addWidget(self.title)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.text, 1000)
        row.addStretch(1)
        layout.addLayout(row)
        self.action = button(action, f"{name}.action", "primary", on_action)
        self.action.setVisible(bool(action))
        layout.addSpacing(4)
        layout.addWidget(self.action, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(1)

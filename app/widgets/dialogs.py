"""Dialogs that a coroutine can wait for. A nested event loop inside a coroutine would stop every other task."""

import asyncio

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLayout, QVBoxLayout, QWidget

from app.language import tr
from app.widgets.buttons import button
from app.widgets.form import field
from app.widgets.labels import label


async def answer_of(dialog: QDialog) -> bool:
    """Opens a dialog and waits for it; True when it was accepted. The dialog is deleted afterwards."""
    future: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def settle(result: int) -> None:
        if not future.done():
            future.set_result(result)

    dialog.finished.connect(settle)
    dialog.open()
    try:
        return await future == QDialog.DialogCode.Accepted.value
    finally:
        dialog.close()
        dialog.deleteLater()


class ConfirmDialog(QDialog):
    """A question whose safe answer has the focus; what it asks about can be more than a sentence.

    Attributes:
        content: Layout for further widgets between the text and the buttons.
    """

    def __init__(
        self,
        parent: QWidget,
        name: str,
        *,
        title: str,
        text: str,
        accept: str,
        reject: str = "Cancel",
        kind: str = "primary",
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setWindowTitle(tr(title))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setMinimumWidth(420)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(24, 20, 24, 20)
        outer.setSpacing(12)
        outer.setSizeConstraint(QLayout.SizeConstraint.SetFixedSize)
        outer.addWidget(label(title, "title", f"{name}.title"))
        self.text = label(text, "dim", f"{name}.text", wrap=True)
        self.text.setFixedWidth(412)
        outer.addWidget(self.text)
        self.content = QVBoxLayout()
        self.content.setSpacing(8)
        outer.addLayout(self.content)
        outer.addSpacing(8)
        self.accept_button = button(accept, f"{name}.accept", kind, self.accept)
        self.reject_button = button(reject, f"{name}.reject", "", self.reject)
        self.reject_button.setDefault(True)
        self.reject_button.setFocus()
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.reject_button)
        row.addWidget(self.accept_button)
        outer.addLayout(row)


async def ask_name(parent: QWidget, name: str, *, title: str, text: str, accept: str) -> str:
    """Asks for a short name; empty when the user leaves it."""
    dialog = ConfirmDialog(parent, name, title=title, text=text, accept=accept)
    line = field(f"{name}.name", placeholder="Name")
    line.setAccessibleName(tr("Name"))
    line.setMaxLength(24)
    dialog.content.addWidget(line)
    dialog.accept_button.setDefault(True)
    line.setFocus()
    return line.text().strip() if await answer_of(dialog) else ""

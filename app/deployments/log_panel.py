"""What one deployment's EA writes, the newest line at the bottom."""

from uuid import UUID

from PySide6.QtGui import QFont, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from agent_core.ea.events import EaLogged
from agent_core.ea.models import EaLogLine
from app import formatting
from app.context import AppContext
from app.language import tr
from app.widgets.labels import SectionHeader

MAX_LINES = 2000
_TOKENS = {"info": "dim", "warning": "warning", "error": "bad"}


class LogPanel(QWidget):
    """Live log lines; stays at the bottom while the reader is there."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self.setObjectName("deploy.log")
        self._context = context
        self._deployment: UUID | None = None
        self.header = SectionHeader("Live log")
        self.text = QPlainTextEdit()
        self.text.setObjectName("deploy.log.text")
        self.text.setAccessibleName(tr("Log of the deployment"))
        self.text.setProperty("role", "code")
        self.text.setReadOnly(True)
        self.text.setMaximumBlockCount(MAX_LINES)
        self.text.setFont(context.theme.mono("small"))
        self.text.setPlaceholderText(tr("Choose a deployment to read what its EA writes."))
        self.text.document().setDocumentMargin(12)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addWidget(self.text, 1)
        context.signals.ea_log.connect(self._on_line)
        context.theme.changed.connect(self._reload)

    def show_deployment(self, deployment_id: UUID | None, title: str = "") -> None:
        """Shows the log of a deployment; None shows none."""
        if deployment_id == self._deployment:
            return
        self._deployment = deployment_id
        self.header.title.setText(f"LIVE LOG · {title}" if title else "LIVE LOG")
        self._reload()

    def _reload(self) -> None:
        self.text.clear()
        if self._deployment is None:
            self.text.setPlaceholderText(tr("Choose a deployment to read what its EA writes."))
            return
        self.text.setPlaceholderText(tr("This EA has not written anything yet."))
        for line in self._context.agent.ea.logs(self._deployment):
            self._append(line)

    def _on_line(self, event: EaLogged) -> None:
        if event.deployment_id == self._deployment:
            self._append(EaLogLine(event.at, event.level, event.message))

    def _append(self, line: EaLogLine) -> None:
        bar = self.text.verticalScrollBar()
        follow = bar.value() >= bar.maximum() - 2
        cursor = QTextCursor(self.text.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        if not self.text.document().isEmpty():
            cursor.insertBlock()
        cursor.insertText(f"{formatting.clock(line.at)}  ", self._format("mute"))
        cursor.insertText(line.message, self._format(_TOKENS.get(line.level, "dim"), strong=line.level == "error"))
        if follow:
            bar.setValue(bar.maximum())

    def _format(self, token: str, *, strong: bool = False) -> QTextCharFormat:
        made = QTextCharFormat()
        made.setForeground(self._context.theme.color(token))
        if strong:
            made.setFontWeight(QFont.Weight.Bold)
        return made

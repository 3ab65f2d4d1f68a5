"""The source editor: line numbers, current line, squiggles under findings."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFont,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
)
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from agent_core.protocol.ea import DiagnosticModel
from app.ea.highlighter import MqlHighlighter
from app.language import tr
from app.theme import Theme

_INDENT = 3
_GUTTER_PADDING = 14


class _Gutter(QWidget):
    """Line numbers beside the text."""

    def __init__(self, editor: "MqlEditor") -> None:
        super().__init__(editor)
        self._editor = editor

    def sizeHint(self) -> QSize:  # noqa: N802
        """As wide as the longest number."""
        return QSize(self._editor.gutter_width(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Paints the numbers of the lines that show."""
        self._editor.paint_gutter(self, event)


class MqlEditor(QPlainTextEdit):
    """Edits one MQL5 source.

    Signals:
        edited: the user changed the text.
    """

    edited = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("ea.editor")
        self.setProperty("role", "code")
        self.setAccessibleName(tr("MQL5 source"))
        self.setAccessibleDescription(tr("Tab indents; Ctrl+Tab leads to what comes next."))
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setFont(theme.mono())
        self.setTabStopDistance(_INDENT * self.fontMetrics().horizontalAdvance(" "))
        self._theme = theme
        self._highlighter = MqlHighlighter(self.document(), theme)
        self._findings: tuple[DiagnosticModel, ...] = ()
        self._loading = False
        self._gutter = _Gutter(self)
        self.blockCountChanged.connect(self._fit_gutter)
        self.updateRequest.connect(self._scroll_gutter)
        self.cursorPositionChanged.connect(self._mark)
        self.textChanged.connect(self._tell)
        theme.changed.connect(self._mark)
        self._fit_gutter()

    def load(self, source: str) -> None:
        """Shows another source, from its beginning."""
        self._loading = True
        self.setPlainText(source.replace("\r\n", "\n"))
        self._loading = False
        self.show_findings(())

    def append_streamed(self, text: str) -> None:
        """Adds text that is just being written, and keeps its end in sight."""
        self._loading = True
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(text)
        self._loading = False
        self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())

    def show_findings(self, findings: Sequence[DiagnosticModel]) -> None:
        """Underlines what the checker or MetaEditor found."""
        self._findings = tuple(findings)
        self._mark()

    def go_to(self, line: int, column: int) -> None:
        """Puts the cursor on a place and the keyboard here."""
        block = self.document().findBlockByNumber(max(0, line - 1))
        cursor = QTextCursor(block)
        cursor.movePosition(
            QTextCursor.MoveOperation.Right, QTextCursor.MoveMode.MoveAnchor, min(column - 1, block.length() - 1)
        )
        self.setTextCursor(cursor)
        self.centerCursor()
        self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Indents by three spaces, the MQL5 habit; a new line keeps the indentation. Ctrl+Tab leads out of it."""
        away = event.key() in {Qt.Key.Key_Tab, Qt.Key.Key_Backtab}
        if away and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            QWidget.focusNextPrevChild(self, event.key() == Qt.Key.Key_Tab)
        elif event.key() == Qt.Key.Key_Tab:
            self.insertPlainText(" " * _INDENT)
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            line = self.textCursor().block().text()
            self.insertPlainText("\n" + line[: len(line) - len(line.lstrip(" "))])
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Keeps the gutter as high as the text."""
        super().resizeEvent(event)
        area = self.contentsRect()
        self._gutter.setGeometry(QRect(area.left(), area.top(), self.gutter_width(), area.height()))

    def gutter_width(self) -> int:
        """Width of the line numbers in pixels."""
        digits = max(3, len(str(self.blockCount())))
        return digits * self.fontMetrics().horizontalAdvance("9") + 2 * _GUTTER_PADDING

    def paint_gutter(self, gutter: QWidget, event: QPaintEvent) -> None:
        """Paints the numbers of the lines that show; lines with errors in red."""
        painter = QPainter(gutter)
        painter.fillRect(event.rect(), self._theme.color("panel"))
        painter.setFont(self.font())
        bad = {finding.line for finding in self._findings if finding.severity == "error" and finding.file is None}
        current = self.textCursor().blockNumber()
        block = self.firstVisibleBlock()
        while block.isValid():
            box = self.blockBoundingGeometry(block).translated(self.contentOffset())
            if box.top() > event.rect().bottom():
                return
            number = block.blockNumber()
            token = "bad" if number + 1 in bad else "text" if number == current else "mute"
            painter.setPen(self._theme.color(token))
            place = QRectF(0, box.top(), gutter.width() - _GUTTER_PADDING, box.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(number + 1))
            block = block.next()

    def _fit_gutter(self) -> None:
        self.setViewportMargins(self.gutter_width() + 6, 0, 0, 0)

    def _scroll_gutter(self, area: QRect, dy: int) -> None:
        if dy:
            self._gutter.scroll(0, dy)
        else:
            self._gutter.update(0, area.y(), self._gutter.width(), area.height())

    def _tell(self) -> None:
        if not self._loading:
            self.edited.emit()

    def _mark(self) -> None:
        line = QTextEdit.ExtraSelection()
        selection = [line]
        line.format.setBackground(self._theme.color("panel"))
        line.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
        line.cursor = self.textCursor()
        line.cursor.clearSelection()
        selection += [
            self._squiggle(finding)
            for finding in self._findings
            if finding.file is None and finding.line <= self.blockCount()
        ]
        self.setExtraSelections(selection)
        self._gutter.update()

    def _squiggle(self, finding: DiagnosticModel) -> QTextEdit.ExtraSelection:
        block = self.document().findBlockByNumber(finding.line - 1)
        cursor = QTextCursor(block)
        move = QTextCursor.MoveOperation
        cursor.movePosition(move.Right, QTextCursor.MoveMode.MoveAnchor, min(finding.column - 1, block.length() - 1))
        cursor.movePosition(move.EndOfWord, QTextCursor.MoveMode.KeepAnchor)
        if not cursor.hasSelection():
            cursor.select(QTextCursor.SelectionType.LineUnderCursor)
        style = QTextCharFormat()
        style.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        style.setUnderlineColor(self._theme.color("bad" if finding.severity == "error" else "warning"))
        style.setFontWeight(QFont.Weight.Normal)
        style.setToolTip(finding.message)
        mark = QTextEdit.ExtraSelection()
        mark.cursor = cursor
        mark.format = style
        return mark

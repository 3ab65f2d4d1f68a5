"""The difference between two versions: the lines in a tab, the sum of it under the library."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QTextBlockFormat, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QVBoxLayout

from app.ea.comparison import Comparison, LineKind
from app.language import tr
from app.theme import Theme
from app.widgets.buttons import MenuButton, button
from app.widgets.labels import SectionHeader, label

_SIGNS: dict[LineKind, str] = {"same": "  ", "added": "+ ", "removed": "− ", "gap": "⋯ "}
_COLORS: dict[LineKind, tuple[str, str]] = {"added": ("good", "up_soft"), "removed": ("bad", "bad_soft")}


class DiffView(QPlainTextEdit):
    """The lines that changed, with some around them."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("ea.diff")
        self.setAccessibleName(tr("Differences"))
        self.setProperty("role", "code")
        self.setReadOnly(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setFont(theme.mono("small"))
        self.setPlaceholderText(tr("Nothing to compare: there is one version, and it is as it was saved."))
        self.document().setDocumentMargin(12)
        self._theme = theme
        self._comparison: Comparison | None = None
        theme.changed.connect(self._paint_lines)

    def show_comparison(self, comparison: Comparison | None) -> None:
        """Shows another comparison; None when there is nothing to compare."""
        self._comparison = comparison
        self._paint_lines()

    def _paint_lines(self) -> None:
        self.clear()
        if self._comparison is None:
            return
        cursor = QTextCursor(self.document())
        for number, line in enumerate(self._comparison.lines):
            block, text = QTextBlockFormat(), QTextCharFormat()
            color, background = _COLORS.get(line.kind, ("mute" if line.kind == "gap" else "dim", ""))
            text.setForeground(self._theme.color(color))
            if background:
                block.setBackground(self._theme.color(background))
            if number:
                cursor.insertBlock(block, text)
            else:
                cursor.setBlockFormat(block)
            cursor.insertText(_SIGNS[line.kind] + line.text, text)
        if not self._comparison.lines:
            self.setPlainText("No line differs.")


class ComparisonPanel(QFrame):
    """What changed, in a few lines, against a version the trader chooses.

    Signals:
        against_chosen: number of the version to compare with.
        lines_wanted: the trader wants to see the lines.
    """

    against_chosen = Signal(int)
    lines_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("ea.comparison")
        self.setProperty("role", "panel")
        self._against = MenuButton("ea.comparison.against", "Compare with")
        self._header = SectionHeader("Changes", self._against)
        self._counts = button("", "ea.comparison.lines", "link", self.lines_wanted.emit)
        self._counts.setToolTip(tr("Show the lines"))
        self._counts.setStyleSheet("text-align: left; padding: 0")
        self._inputs = label("", "dim", "ea.comparison.inputs", wrap=True)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 10)
        rows.setSpacing(2)
        rows.addWidget(self._header)
        inner = QVBoxLayout()
        inner.setContentsMargins(12, 0, 12, 0)
        inner.setSpacing(4)
        inner.addWidget(self._counts)
        inner.addWidget(self._inputs)
        rows.addLayout(inner)
        self.hide()

    def show_comparison(self, title: str, against: int, numbers: list[int], comparison: Comparison) -> None:
        """Shows the sum of a comparison; `numbers` are the versions one can compare with."""
        self._header.title.setText(tr(f"{title} against").upper())
        self._against.show_choice(f"v{against}")
        self._against.choices.clear()
        for number in numbers:
            action = self._against.choices.addAction(f"v{number}")
            action.triggered.connect(lambda _checked=False, chosen=number: self.against_chosen.emit(chosen))
        self._counts.setText(tr(f"+{comparison.added} −{comparison.removed} lines"))
        sentences = [
            f"Inputs {what}: {', '.join(names)}"
            for what, names in (
                ("added", comparison.inputs_added),
                ("removed", comparison.inputs_removed),
                ("changed", comparison.inputs_changed),
            )
            if names
        ]
        self._inputs.setText("\n".join(sentences))
        self._inputs.setVisible(bool(sentences))
        self.show()

"""What stands under the editor: problems, compile log, test report, what the running EA says, the difference."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QPlainTextEdit, QStackedWidget, QVBoxLayout

from agent_core.ea.models import EaLogLine
from agent_core.protocol.ea import DiagnosticModel
from app.ea.backtest import BacktestReport
from app.ea.diff import DiffView
from app.formatting import clock
from app.language import tr
from app.theme import Theme
from app.widgets.buttons import button
from app.widgets.empty_state import EmptyState
from app.widgets.labels import label
from app.widgets.table import Column, RowsModel, table_view

PROBLEMS_TAB, COMPILE_LOG_TAB, TEST_TAB, LIVE_LOG_TAB, DIFF_TAB = range(5)
_TABS = ("Problems", "Compile log", "Test report", "Live log", "Diff")
_ORIGINS = {"metaeditor": "MetaEditor", "rules": "House rules", "check": "Check"}
_LOG_LINES = 1000
_MARGIN, _TAB_SPACING = 12, 14


def _origin(finding: DiagnosticModel) -> str:
    return tr(_ORIGINS[finding.origin]) + ("" if finding.code is None else f" {finding.code}")


_COLUMNS: tuple[Column[DiagnosticModel], ...] = (
    Column(
        "", lambda row: "●" if row.severity == "error" else "▲", 30,
        color=lambda row: "bad" if row.severity == "error" else "warning",
    ),
    Column("Place", lambda row: f"{row.line}:{row.column}", 88, color=lambda _row: "mute"),
    Column("Message", lambda row: row.message if row.file is None else f"{row.message} ({row.file})", 0),
    Column("Kind", _origin, 132, color=lambda _row: "mute"),
)  # fmt: skip


class OutputPanel(QFrame):
    """A tab each.

    Signals:
        place_chosen: line and column of a finding the user chose.
        repair_wanted: the generator shall mend the errors.
    """

    place_chosen = Signal(int, int)
    repair_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("ea.output")
        self.setProperty("role", "panel")
        self._model: RowsModel[DiagnosticModel] = RowsModel(theme, _COLUMNS, self)
        self._table = table_view(self._model, "ea.problems")
        self._table.setAccessibleName(tr("Problems"))
        self._table.horizontalHeader().hide()
        self._table.clicked.connect(self._chosen)
        self._table.activated.connect(self._chosen)
        self._problems = QStackedWidget()
        self._problems.addWidget(
            EmptyState(
                theme, "ea.problems.empty", icon="success", title="No problems",
                text="The source is checked while you type; MetaEditor has the last word when you compile.",
            )
        )  # fmt: skip
        self._problems.addWidget(self._table)
        self._compile_log = _log_view(theme, "ea.compile_log", "Nothing compiled yet. Press Compile.")
        self._live_log = _log_view(
            theme, "ea.live_log", "This version does not run. Deploy it to a chart to see its log."
        )
        self.test_report = BacktestReport(theme)
        self.diff = DiffView(theme)
        self.repair = button("Repair with the generator", "ea.repair", "", self.repair_wanted.emit)
        self.repair.setToolTip(tr("The generator gets these errors and writes the next version"))
        self.repair.hide()
        self._note = label("", "tiny", "ea.output.note")
        self._stack = QStackedWidget()
        bar = QHBoxLayout()
        bar.setContentsMargins(_MARGIN, 0, _MARGIN, 0)
        bar.setSpacing(_TAB_SPACING)
        self._buttons = QButtonGroup(self)
        for number, title in enumerate(_TABS):
            tab = button(title, f"ea.tab.{title.split()[0].lower()}", "tab")
            tab.setCheckable(True)
            self._buttons.addButton(tab, number)
            bar.addWidget(tab)
        bar.addStretch(1)
        bar.addWidget(self._note)
        below = QHBoxLayout()
        below.setContentsMargins(_MARGIN, 2, _MARGIN, 2)
        below.addStretch(1)
        below.addWidget(self.repair)
        for page in (self._problems, self._compile_log, self.test_report, self._live_log, self.diff):
            self._stack.addWidget(page)
        self._buttons.idClicked.connect(self.show_tab)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(bar)
        layout.addLayout(below)
        layout.addWidget(self._stack, 1)
        self.show_tab(0)

    @property
    def findings(self) -> list[DiagnosticModel]:
        """The findings that are shown."""
        return self._model.rows

    def show_tab(self, number: int) -> None:
        """Shows one of the tabs."""
        self._stack.setCurrentIndex(number)
        self._buttons.button(number).setChecked(True)

    def show_findings(self, findings: Sequence[DiagnosticModel]) -> None:
        """Shows findings, errors first."""
        ordered = sorted(findings, key=lambda item: (item.severity != "error", item.line, item.column))
        self._model.set_rows(ordered)
        self._problems.setCurrentIndex(1 if ordered else 0)
        self._buttons.button(0).setText(f"{tr(_TABS[0])}  {len(ordered)}" if ordered else tr(_TABS[0]))
        self.repair.setVisible(any(item.severity == "error" for item in ordered))

    def note(self, text: str) -> None:
        """Shows a short note at the right where there is room for it, as how long the check took."""
        self._note.setText(text)
        self._fit_note()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Leaves the note out before it would squeeze the tabs."""
        super().resizeEvent(event)
        self._fit_note()

    def _fit_note(self) -> None:
        tabs = sum(tab.sizeHint().width() + _TAB_SPACING for tab in self._buttons.buttons())
        self._note.setVisible(tabs + self._note.sizeHint().width() + 2 * _MARGIN <= self.width())

    def show_compile_log(self, text: str) -> None:
        """Shows MetaEditor's log."""
        self._compile_log.setPlainText(text)

    def show_live_log(self, lines: Sequence[EaLogLine]) -> None:
        """Shows what the running EA wrote, the newest line at the end."""
        self._live_log.setPlainText("\n".join(_line(line) for line in lines))
        self._live_log.verticalScrollBar().setValue(self._live_log.verticalScrollBar().maximum())

    def _chosen(self, index: QModelIndex) -> None:
        finding = self._model.rows[index.row()]
        if finding.file is None:
            self.place_chosen.emit(finding.line, finding.column)


def _line(line: EaLogLine) -> str:
    mark = "" if line.level == "info" else f"{line.level}: "
    return f"{clock(line.at)}  {mark}{line.message}"


def _log_view(theme: Theme, name: str, placeholder: str) -> QPlainTextEdit:
    view = QPlainTextEdit()
    view.setObjectName(name)
    view.setAccessibleName(tr(name.partition(".")[2].replace("_", " ").capitalize()))
    view.setProperty("role", "code")
    view.setReadOnly(True)
    view.setFont(theme.mono("small"))
    view.setMaximumBlockCount(_LOG_LINES)
    view.setPlaceholderText(tr(placeholder))
    view.document().setDocumentMargin(12)
    return view

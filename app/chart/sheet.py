"""One tab of the chart workspace: rows of charts between splitters."""

import base64

from PySide6.QtCore import QByteArray, Qt, Signal
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from app.chart.panel import ChartPanel
from app.chart.state import PanelState, SheetState

#: More charts than these can't be read.
MOST_ROWS, MOST_IN_ROW = 3, 4


class ChartSheet(QWidget):
    """Holds the charts of a tab. `changed` tells that a splitter was moved."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.active: ChartPanel | None = None
        self._rows = QSplitter(Qt.Orientation.Vertical)
        self._prepare(self._rows)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._rows)

    @property
    def panels(self) -> list[ChartPanel]:
        """The charts, row by row."""
        return [panel for row in self._all_rows() for panel in self._in_row(row)]

    def add_row(self, panel: ChartPanel, below: ChartPanel | None = None) -> None:
        """Puts a chart into a new row, under that of another chart or at the bottom."""
        row = QSplitter(Qt.Orientation.Horizontal)
        self._prepare(row)
        at = self._rows.count() if below is None else self._rows.indexOf(self._row_of(below)) + 1
        self._rows.insertWidget(at, row)
        row.addWidget(panel)
        self._even(self._rows)

    def add_beside(self, panel: ChartPanel, other: ChartPanel) -> None:
        """Puts a chart right of another one."""
        row = self._row_of(other)
        row.insertWidget(row.indexOf(other) + 1, panel)
        self._even(row)

    def remove(self, panel: ChartPanel) -> None:
        """Takes a chart out; the others get its room."""
        row = self._row_of(panel)
        panel.setParent(None)
        if row.count() == 0:
            row.setParent(None)
            row.deleteLater()

    def has_room(self, panel: ChartPanel, *, beside: bool) -> bool:
        """Returns whether one more chart fits beside, or under, another one."""
        return self._row_of(panel).count() < MOST_IN_ROW if beside else self._rows.count() < MOST_ROWS

    def state(self) -> SheetState:
        """Returns what is kept of it."""
        rows = self._all_rows()
        return SheetState(
            rows=tuple(
                tuple(PanelState(symbol=panel.symbol, timeframe=panel.timeframe) for panel in self._in_row(row))
                for row in rows
            ),
            splitters=tuple(base64.b64encode(bytes(s.saveState().data())).decode() for s in (*rows, self._rows)),
        )

    def restore_splitters(self, states: tuple[str, ...]) -> None:
        """Gives the charts the sizes they had."""
        splitters = (*self._all_rows(), self._rows)
        if len(states) == len(splitters):
            for splitter, state in zip(splitters, states, strict=True):
                splitter.restoreState(QByteArray(base64.b64decode(state)))

    def _prepare(self, splitter: QSplitter) -> None:
        splitter.setHandleWidth(1)
        splitter.setChildrenCollapsible(False)
        splitter.splitterMoved.connect(lambda _at, _index: self.changed.emit())

    def _all_rows(self) -> list[QSplitter]:
        widgets = (self._rows.widget(at) for at in range(self._rows.count()))
        return [widget for widget in widgets if isinstance(widget, QSplitter)]

    @staticmethod
    def _in_row(row: QSplitter) -> list[ChartPanel]:
        widgets = (row.widget(at) for at in range(row.count()))
        return [widget for widget in widgets if isinstance(widget, ChartPanel)]

    def _row_of(self, panel: ChartPanel) -> QSplitter:
        return next(row for row in self._all_rows() if row.indexOf(panel) >= 0)

    @staticmethod
    def _even(splitter: QSplitter) -> None:
        splitter.setSizes([1000] * splitter.count())

"""The view of the watchlist: paints its rows itself, since they change many times a second."""

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QCursor, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QListView

from app.language import tr
from app.theme import Theme
from app.trade.watch_model import ROW_HEIGHT, WatchModel
from app.trade.watch_painter import WatchPainter


class QuoteList(QListView):
    """Rows of one height that can be dragged onto a chart."""

    def __init__(self, theme: Theme, model: WatchModel) -> None:
        super().__init__()
        self.setObjectName("watchlist")
        self.setAccessibleName(tr("Watchlist"))
        self._rows = model
        self._painter = WatchPainter(theme)
        self.setModel(model)
        model.visible_rows = self.visible_rows
        # Nothing under it has to be painted for a quote.
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)

    def visible_rows(self) -> tuple[int, int]:
        """Returns the first and last row on screen."""
        return self._rows_between(0, self.viewport().height() - 1)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Paints the rows that need it; Qt's way through style and delegate costs half as much again."""
        with QPainter(self.viewport()) as painter:
            self._paint_rows(painter, event)

    def _paint_rows(self, painter: QPainter, event: QPaintEvent) -> None:
        area, region, view = event.rect(), event.region(), self.viewport()
        self._painter.clear(painter, area)
        chosen = {index.row() for index in self.selectedIndexes()}
        pointed = self.indexAt(view.mapFromGlobal(QCursor.pos())).row() if view.underMouse() else -1
        first, last = self._rows_between(area.top(), area.bottom())
        for number in range(first, last + 1):
            rect = QRect(0, number * ROW_HEIGHT - self.verticalOffset(), view.width(), ROW_HEIGHT)
            if region.intersects(rect):
                row = self._rows.rows[number]
                lit, hovered = self._rows.lit(row), number == pointed
                self._painter.draw(painter, rect, row, selected=number in chosen, hovered=hovered, lit=lit)

    def _rows_between(self, top: int, bottom: int) -> tuple[int, int]:
        scrolled = self.verticalOffset()
        return (top + scrolled) // ROW_HEIGHT, min((bottom + scrolled) // ROW_HEIGHT, len(self._rows.rows) - 1)

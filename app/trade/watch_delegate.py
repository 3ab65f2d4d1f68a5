"""Paints a row of the watchlist: symbol, bid and ask over the day's change, a small curve and the spread."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app import formatting
from app.theme import Theme
from app.trade.watch_model import ROW_ROLE, WatchModel, WatchRow

ROW_HEIGHT = 46
_PADDING = 12
_GAP = 12
_CURVE_WIDTH, _CURVE_RIGHT = 74, 46
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


class WatchDelegate(QStyledItemDelegate):
    """Draws `WatchRow`s."""

    def __init__(self, theme: Theme, model: WatchModel, view: QListView) -> None:
        super().__init__(view)
        self._theme, self._model = theme, model
        self._name = theme.font("strong", QFont.Weight.Medium)
        self._small = theme.font("tiny")
        self._price = theme.font("strong")

    def sizeHint(  # noqa: N802
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """A fixed height."""
        return QSize(120, ROW_HEIGHT)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paints one row."""
        row: WatchRow = index.data(ROW_ROLE)
        theme, rect = self._theme, option.rect
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, theme.color("selected"))
            painter.fillRect(QRect(rect.left(), rect.top(), 2, rect.height()), theme.color("accent"))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, theme.color("raised"))
        painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), theme.color("line"))
        if row.watched:
            taken = self._paint_prices(painter, rect.adjusted(0, 6, 0, 6 + 18 - rect.height()), row)
            self._paint_past(painter, rect.adjusted(_PADDING, 24, -_PADDING, 39 - rect.height()), row)
        else:
            painter.setFont(self._small)
            painter.setPen(theme.color("accent"))
            painter.drawText(rect.adjusted(0, 0, -_PADDING, 0), _RIGHT, "+ add")
            taken = 60
        self._paint_names(painter, rect.adjusted(_PADDING, 0, -taken, 0), row)

    def _paint_names(self, painter: QPainter, area: QRect, row: WatchRow) -> None:
        theme = self._theme
        upper = QRect(area.left(), area.top() + 6, area.width(), 18)
        lower = QRect(area.left(), area.top() + 24, area.width(), 15)
        painter.setFont(self._name)
        painter.setPen(theme.color("text" if row.watched else "dim"))
        painter.drawText(upper, _LEFT, _elided(painter, row.symbol, area.width()))
        painter.setFont(self._small)
        painter.setPen(theme.color("mute"))
        below = formatting.percent(row.change, signed=True) if row.watched else row.description
        painter.drawText(lower, _LEFT, _elided(painter, below, area.width()))

    def _paint_past(self, painter: QPainter, area: QRect, row: WatchRow) -> None:
        theme = self._theme
        painter.setFont(self._small)
        painter.setPen(theme.color("mute"))
        spread = "" if row.spread is None else formatting.number(row.spread, 1)
        painter.drawText(area, _RIGHT, spread)
        if len(row.closes) < 2 or row.bid is None:
            return
        values = (*row.closes, row.bid)
        low, high = min(values), max(values)
        left, width = area.right() - _CURVE_RIGHT - _CURVE_WIDTH, _CURVE_WIDTH / (len(values) - 1)
        height = area.height() - 5
        scale = height / (high - low) if high > low else 0.0
        bottom = area.bottom() - 2 if scale else area.center().y()
        points = [QPointF(left + at * width, bottom - (value - low) * scale) for at, value in enumerate(values)]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=True)
        painter.setPen(QPen(theme.color("up" if (row.change or 0) >= 0 else "down"), 1.1))
        painter.drawPolyline(QPolygonF(points))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)

    def _paint_prices(self, painter: QPainter, rect: QRect, row: WatchRow) -> int:
        theme, metrics = self._theme, QFontMetrics(self._price)
        painter.setFont(self._price)
        bid, ask = formatting.price(row.bid, row.digits), formatting.price(row.ask, row.digits)
        ask_width, bid_width = metrics.horizontalAdvance(ask), metrics.horizontalAdvance(bid)
        right = rect.right() - _PADDING
        painter.setPen(theme.color("mute"))
        painter.drawText(QRect(right - ask_width, rect.top(), ask_width + 1, rect.height()), _RIGHT, ask)
        right -= ask_width + _GAP
        tone = "up" if row.direction > 0 else "down" if row.direction < 0 else "text"
        area = QRect(right - bid_width, rect.top(), bid_width + 1, rect.height())
        if self._model.lit(row):
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=True)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color(f"{tone}_soft"))
            painter.drawRoundedRect(QRectF(area.adjusted(-5, 0, 5, 0)), 4, 4)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.setPen(theme.color(tone))
        painter.drawText(area, _RIGHT, bid)
        return ask_width + bid_width + _PADDING + 2 * _GAP


def _elided(painter: QPainter, text: str, width: int) -> str:
    return painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, width)

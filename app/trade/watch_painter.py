"""Paints a row of the watchlist: symbol, bid and ask over the day's change, a small curve and the spread."""

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPen, QPixmap, QPolygonF

from app import formatting
from app.language import tr
from app.theme import Theme
from app.trade.text_painter import TextPainter
from app.trade.watch_model import ROW_HEIGHT, WatchRow

_PADDING = 12
_GAP = 12
_CURVE_WIDTH, _CURVE_HEIGHT, _CURVE_RIGHT = 74, 10, 46
#: Curves that are kept; more rows are never on a screen.
_MOST_CURVES = 200


class WatchPainter:
    """Draws `WatchRow`s. The curve costs more than all the rest and seldom changes: it is kept as a picture."""

    def __init__(self, theme: Theme) -> None:
        fonts = {
            "name": theme.font("strong", QFont.Weight.Medium), "small": theme.font("tiny"),
            "price": theme.font("strong"),
        }  # fmt: skip
        self._texts = TextPainter(theme, fonts)
        self._curves: dict[str, tuple[object, QPixmap]] = {}
        theme.changed.connect(self._curves.clear)

    def clear(self, painter: QPainter, area: QRect) -> None:
        """Draws the list's background."""
        painter.fillRect(area, self._texts.color("panel"))

    def draw(self, painter: QPainter, rect: QRect, row: WatchRow, *, selected: bool, hovered: bool, lit: bool) -> None:
        """Draws one row; the price of a lit one has just moved."""
        texts = self._texts
        left, top, width = rect.left(), rect.top(), rect.width()
        if selected:
            painter.fillRect(rect, texts.color("selected"))
            painter.fillRect(left, top, 2, ROW_HEIGHT, texts.color("accent"))
        elif hovered:
            painter.fillRect(rect, texts.color("raised"))
        painter.fillRect(left, rect.bottom(), width, 1, texts.color("line"))
        upper = QRect(left + _PADDING, top + 6, width - 2 * _PADDING, 18)
        lower = QRect(left + _PADDING, top + 24, width - 2 * _PADDING, 15)
        if row.watched:
            taken = self._paint_prices(painter, upper, row, lit=lit)
            self._paint_past(painter, lower, row)
        else:
            texts.draw(painter, rect.adjusted(0, 0, -_PADDING, 0), tr("+ add"), "small", "accent", right=True)
            taken = 48
        below = formatting.percent(row.change, signed=True) if row.watched else row.description
        texts.draw(painter, upper.adjusted(0, 0, -taken, 0), row.symbol, "name", "text" if row.watched else "dim")
        texts.draw(painter, lower.adjusted(0, 0, -taken, 0), below, "small", "mute")

    def _paint_past(self, painter: QPainter, area: QRect, row: WatchRow) -> None:
        spread = "" if row.spread is None else formatting.number(row.spread, 1)
        self._texts.draw(painter, area, spread, "small", "mute", right=True)
        if len(row.closes) >= 2 and row.bid is not None:
            left = area.right() - _CURVE_RIGHT - _CURVE_WIDTH
            painter.drawPixmap(left, area.top(), self._curve(row, row.bid, painter.device().devicePixelRatio()))

    def _curve(self, row: WatchRow, bid: float, ratio: float) -> QPixmap:
        low, high = min(row.closes), max(row.closes)
        token = "up" if (row.change or 0) >= 0 else "down"
        # Drawn again when its end has moved by a pixel.
        end = round(_CURVE_HEIGHT * (bid - low) / max(high - low, bid * 1e-9))
        look = (row.closes, end, token, ratio)
        known = self._curves.get(row.symbol)
        if known is not None and known[0] == look:
            return known[1]
        if len(self._curves) >= _MOST_CURVES:
            self._curves.clear()
        picture = QPixmap(QSize(_CURVE_WIDTH + 2, _CURVE_HEIGHT + 5) * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        with QPainter(picture) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=True)
            painter.setPen(QPen(self._texts.color(token), 1.1))
            painter.drawPolyline(QPolygonF(_points((*row.closes, bid))))
        self._curves[row.symbol] = look, picture
        return picture

    def _paint_prices(self, painter: QPainter, area: QRect, row: WatchRow, *, lit: bool) -> int:
        texts = self._texts
        bid, ask = formatting.price(row.bid, row.digits), formatting.price(row.ask, row.digits)
        ask_room, bid_width = texts.width(ask, "price") + _GAP, texts.width(bid, "price")
        texts.draw(painter, area, ask, "price", "mute", right=True)
        tone = "up" if row.direction > 0 else "down" if row.direction < 0 else "text"
        place = area.adjusted(area.width() - ask_room - bid_width, 0, -ask_room, 0)
        if lit:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=True)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(texts.color(f"{tone}_soft"))
            painter.drawRoundedRect(QRectF(place.adjusted(-5, 0, 5, 0)), 4, 4)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        texts.draw(painter, place, bid, "price", tone, right=True)
        return ask_room + bid_width + _GAP


def _points(values: tuple[float, ...]) -> list[QPointF]:
    low, high = min(values), max(values)
    step = _CURVE_WIDTH / (len(values) - 1)
    scale = _CURVE_HEIGHT / (high - low) if high > low else 0.0
    bottom = _CURVE_HEIGHT + 2 if scale else _CURVE_HEIGHT / 2 + 2
    return [QPointF(at * step, bottom - (value - low) * scale) for at, value in enumerate(values)]

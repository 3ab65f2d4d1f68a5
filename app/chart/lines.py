"""Price lines over the chart: positions, their stops and targets, pending orders, the ticket's preview."""

from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap, QRegion

from app.chart.columns import Floats
from app.chart.primitives import fill_rects, straight_line
from app.chart.style import ChartStyle, TextCache
from app.chart.viewport import Viewport

#: How near the pointer must be to take a line, in pixels.
GRIP = 5.0
#: A grid of hundreds of orders keeps its lines; only this many say what they are.
MOST_CHIPS = 40
#: Chips whose pictures are kept, before all are painted anew.
_MOST_PICTURES = 200
_CHIP_HEIGHT = 20.0
_CHIP_EDGE = 124.0
_CLOSE = "✕"


@dataclass(frozen=True, slots=True)
class LineKey:
    """Names a line: its kind ("entry", "sl", "tp", "order", "ticket.sl", ...) and the ticket it belongs to."""

    kind: str
    ticket: int = 0


@dataclass(frozen=True, slots=True)
class TradeLine:
    """A horizontal line at a price with a chip of text.

    Attributes:
        tone: "up", "down", "accent" or "mute": the colour.
        dashed: Dashed line (levels), else solid (entries).
        draggable: The user may drag it.
        closable: The chip has a cross that removes what the line stands for.
        outlined: The chip is quiet (existing things); filled ones belong to the ticket.
        anchored: Dragging pulls a new level out of the line, the line itself stays.
    """

    key: LineKey
    price: float
    text: str
    tone: str
    dashed: bool = True
    draggable: bool = False
    closable: bool = False
    outlined: bool = True
    anchored: bool = False


@dataclass(frozen=True, slots=True)
class Zone:
    """A shaded band between two prices; `reward` chooses the colour of gain, else of risk."""

    first: float
    second: float
    reward: bool


class LineLayer:
    """Holds the lines, draws them and finds the one under the pointer."""

    def __init__(self) -> None:
        self.lines: tuple[TradeLine, ...] = ()
        self._chips: dict[LineKey, QRectF] = {}
        self._chipped: list[TradeLine] = []
        self._strokes: dict[str, Floats] = {}
        self._placed: object = None
        self._pictures: dict[tuple[object, ...], QPixmap] = {}
        self._style: ChartStyle | None = None

    def find(self, key: LineKey) -> TradeLine | None:
        """Returns a line by its key."""
        return next((line for line in self.lines if line.key == key), None)

    def move(self, key: LineKey, price: float) -> None:
        """Puts a line to another price until the next `lines`; an anchored one stays."""
        self.lines = tuple(
            replace(line, price=price) if line.key == key and not line.anchored else line for line in self.lines
        )

    def grip_at(self, point: QPointF, view: Viewport) -> TradeLine | None:
        """Returns the draggable line under a point; the ticket's lines come before what lies beneath them."""
        for line in reversed(self.lines):
            if not line.draggable:
                continue
            chip = self._chips.get(line.key)
            near = abs(view.price_to_y(line.price) - point.y()) <= GRIP and point.x() < view.width
            if near or (chip is not None and chip.contains(point)):
                return line
        return None

    def cross_at(self, point: QPointF) -> TradeLine | None:
        """Returns the line whose cross is under a point."""
        for line in reversed(self.lines):
            chip = self._chips.get(line.key)
            if line.closable and chip is not None and chip.contains(point) and point.x() > chip.right() - 20:
                return line
        return None

    def paint(
        self, painter: QPainter, view: Viewport, look: tuple[ChartStyle, TextCache], region: QRegion,
        hovered: LineKey | None,
    ) -> None:  # fmt: skip
        """Draws lines and, where `region` has to be painted, chips; those that would cover each other move aside."""
        style, texts = look
        place = (self.lines, view.low, view.high, view.scale, view.width, view.height, hovered)
        if place != self._placed:
            self._placed = place
            self._arrange(view, texts, hovered)
        for tone, rects in self._strokes.items():
            fill_rects(painter, rects, tone_color(style, tone))
        if style is not self._style or len(self._pictures) > _MOST_PICTURES:
            self._style = style
            self._pictures.clear()
        for line in self._chipped:
            chip = self._chips[line.key]
            area = chip.toAlignedRect()
            if region.intersects(area):
                ratio = painter.device().devicePixelRatio()
                painter.drawPixmap(area.topLeft(), self._picture(line, chip, look, ratio, line.key == hovered))

    def _arrange(self, view: Viewport, texts: TextCache, hovered: LineKey | None) -> None:
        self._chips.clear()
        # The ticket's lines come last and matter most: they get their chips first.
        shown = [line for line in reversed(self.lines) if -1 <= view.price_to_y(line.price) <= view.height + 1]
        shown.sort(key=lambda line: line.key != hovered)
        strokes: dict[str, dict[int, Floats]] = {}
        for line in shown:
            y = round(view.price_to_y(line.price))
            thickness = 2.0 if line.key == hovered else 1.0
            if y not in (drawn := strokes.setdefault(line.tone, {})):
                drawn[y] = straight_line(y, view.width, dash=(4, 3) if line.dashed else None, thickness=thickness)
        self._strokes = {tone: np.concatenate(list(drawn.values())) for tone, drawn in strokes.items()}
        self._chipped = []
        for line in shown[:MOST_CHIPS]:
            chip = self._place(line, view, texts)
            if chip is not None:
                self._chips[line.key] = chip
                self._chipped.append(line)

    def _place(self, line: TradeLine, view: Viewport, texts: TextCache) -> QRectF | None:
        width = texts.width(line.text) + 16 + (18 if line.closable else 0)
        y = round(view.price_to_y(line.price)) + 0.5
        edge = _CHIP_EDGE if view.width > 420 else 8
        chip = QRectF(view.width - edge - width, y - _CHIP_HEIGHT / 2, width, _CHIP_HEIGHT)
        while blocking := next((other for other in self._chips.values() if other.intersects(chip)), None):
            chip.moveRight(blocking.left() - 6)
        return chip if chip.left() >= 0 else None

    def _picture(
        self, line: TradeLine, chip: QRectF, look: tuple[ChartStyle, TextCache], ratio: float, hovered: bool
    ) -> QPixmap:
        """Returns a chip as it was painted before: it is shown with every quote and seldom says anything else."""
        place = chip.toAlignedRect()
        chip = chip.translated(-place.topLeft())
        key = (line.text, line.tone, line.outlined, line.closable, hovered, ratio, chip.left(), chip.width())
        picture = self._pictures.get(key)
        if picture is None:
            picture = self._pictures[key] = QPixmap(place.size() * ratio)
            picture.setDevicePixelRatio(ratio)
            picture.fill(Qt.GlobalColor.transparent)
            with QPainter(picture) as painter:
                self._paint_chip(painter, line, chip, *look, hovered=hovered)
        return picture

    @staticmethod
    def _paint_chip(
        painter: QPainter, line: TradeLine, chip: QRectF, style: ChartStyle, texts: TextCache, *, hovered: bool
    ) -> None:
        color = tone_color(style, line.tone)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=True)
        painter.setPen(QPen(color, 1) if line.outlined else Qt.PenStyle.NoPen)
        painter.setBrush(style.raised if line.outlined else tone_fill(style, line.tone))
        painter.drawRoundedRect(chip.adjusted(0.5, 0, -0.5, 0), 4, 4)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        ink = color if line.outlined else style.on_fill
        texts.draw(painter, chip.left() + 8, chip.center().y(), line.text, ink)
        if line.closable:
            cross = style.text if hovered else ink
            texts.draw(painter, chip.right() - 8 - texts.width(_CLOSE), chip.center().y(), _CLOSE, cross)


def tone_color(style: ChartStyle, tone: str) -> QColor:
    """Returns the line colour of a tone."""
    return {"up": style.up, "down": style.down, "accent": style.accent, "warning": style.warning}.get(tone, style.dim)


def tone_fill(style: ChartStyle, tone: str) -> QColor:
    """Returns the background that carries white text for a tone."""
    return {"up": style.up_fill, "down": style.down_fill, "accent": style.accent_fill}.get(tone, style.mute)

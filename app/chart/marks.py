"""Marks of executed trades: arrows where they were entered and left, and a line from one to the other."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QPainter, QPen

from agent_core.terminal.models import Bars
from app.chart.columns import Floats
from app.chart.mark_texts import ARROW, Taken, Written, write
from app.chart.model import ChartModel
from app.chart.primitives import draw_lines, fill_rects
from app.chart.style import ChartStyle, TextCache
from app.chart.viewport import Viewport

Places = npt.NDArray[np.int64]
#: Marks of one owner and direction nearer to each other than this are drawn as one; pixels.
CELL = 6.0
#: How near the pointer must be to hit an arrow; pixels.
_REACH = 9.0
#: More lines than these would hide the bars.
_MOST_LINKS = 150
_LINK_TINT = 0.55


@dataclass(frozen=True, slots=True)
class TradeMark:
    """One deal on the chart.

    Attributes:
        entry: Whether it opened or added to a position, else it closed.
        up: Whether its arrow points up: what was bought.
        owner: Name of the EA, empty for the trader's own hand.
        text: What stands beside it: `0.61 manual`, or the result of an exit.
    """

    time: datetime
    price: float
    entry: bool
    up: bool
    owner: str
    text: str
    position: int


@dataclass(frozen=True, slots=True)
class TradeLink:
    """A line from an entry to an exit. `result` is in the account's currency, costs included."""

    position: int
    opened: datetime
    price_open: float
    closed: datetime
    price_close: float
    result: float
    owner: str


@dataclass(frozen=True, slots=True)
class TradeMarks:
    """Marks and links of one symbol, oldest first."""

    marks: tuple[TradeMark, ...] = ()
    links: tuple[TradeLink, ...] = ()

    @property
    def owners(self) -> list[str]:
        """Who has marks here; "" stands for the trader's own hand, which comes first."""
        return sorted({mark.owner for mark in self.marks})

    def of_owners(self, owners: frozenset[str]) -> "TradeMarks":
        """Returns those of some owners alone."""
        return TradeMarks(
            tuple(mark for mark in self.marks if mark.owner in owners),
            tuple(link for link in self.links if link.owner in owners),
        )


@dataclass(frozen=True, slots=True)
class _Group:
    """Marks of one colour and direction, oldest first: `numbers` are their places in the layer's marks."""

    colour: str
    up: bool
    numbers: Places
    bars: Places
    prices: Floats


class MarkLayer:
    """Places the marks on the bars, draws those in sight and finds the one under the pointer.

    A frame costs what can be told apart on screen: marks in the same cell of pixels are looked up once, by bisection.
    """

    def __init__(self) -> None:
        self.shown = TradeMarks()
        self.chosen = 0
        self._colours: Mapping[str, str] = {}
        self._groups: list[_Group] = []
        self._links = np.empty((0, 4))
        self._drawn: list[tuple[Floats, Floats, Places]] = []
        self._written: tuple[Written, ...] = ()

    def replace(self, marks: TradeMarks, colours: Mapping[str, str], bars: Bars) -> None:
        """Shows other marks; `colours` are `#rrggbb` by owner."""
        self.shown, self._colours = marks, colours
        self.place(bars)

    def colour(self, owner: str) -> str:
        """Returns the colour of an owner's marks: `#rrggbb`, or the name of a tone."""
        return self._colours.get(owner, "dim")

    def place(self, bars: Bars) -> None:
        """Finds the bar of each mark; needed again when bars were put in before or between others."""
        self._drawn = []
        marks, links = self.shown.marks, self.shown.links
        self._groups, self._links = [], np.empty((0, 4))
        if not len(bars) or not marks:
            return
        times = np.ascontiguousarray(bars["time"])
        at = _bars_at(times, [mark.time for mark in marks])
        kinds: dict[tuple[str, bool], list[int]] = {}
        for number, mark in enumerate(marks):
            # What was traded before the first bar has no place on the chart.
            if at[number] >= 0:
                kinds.setdefault((mark.owner, mark.up), []).append(number)
        for (owner, up), chosen in kinds.items():
            numbers = np.array(chosen)
            prices = np.array([marks[number].price for number in chosen])
            self._groups.append(_Group(self.colour(owner), up, numbers, at[numbers], prices))
        if links:
            opened, closed = (_bars_at(times, [getattr(link, name) for link in links]) for name in ("opened", "closed"))
            ends = [(link.price_open, link.price_close) for link in links]
            self._links = np.column_stack((opened, closed, np.array(ends)))

    def paint(self, painter: QPainter, view: Viewport, style: ChartStyle, first: int, last: int) -> None:
        """Draws links and arrows on the bars `first` to `last`, in device-independent pixels."""
        self._drawn = []
        if not self._groups:
            return
        self._paint_links(painter, view, style, first, last)
        for group in self._groups:
            kept = _told_apart(group.bars, view, first, last)
            if len(kept):
                x, y = view.indices_to_x(group.bars[kept].astype(np.float64)), view.prices_to_y(group.prices[kept])
                fill_rects(painter, _arrows(x, y, up=group.up), style.colour(group.colour))
                self._drawn.append((x, y, group.numbers[kept]))

    def paint_newest(self, painter: QPainter, view: Viewport, style: ChartStyle, newest: int) -> None:
        """Draws the arrows from bar `newest` on again, over a candle that was painted since."""
        for group in self._groups:
            begin = int(np.searchsorted(group.bars, newest))
            if begin < len(group.bars):
                x, y = view.indices_to_x(group.bars[begin:].astype(np.float64)), view.prices_to_y(group.prices[begin:])
                fill_rects(painter, _arrows(x, y, up=group.up), style.colour(group.colour))

    def paint_texts(
        self,
        painter: QPainter,
        view: Viewport,
        look: tuple[ChartStyle, TextCache],
        model: ChartModel,
        taken: Taken,
    ) -> None:
        """Writes beside the arrows what they stand for, while there are few of them and where there is room."""
        style, texts = look
        self._written = write(self._drawn, self.shown.marks, view, texts, model, taken)
        for place in self._written:
            mark = self.shown.marks[place.number]
            losing = mark.text.startswith("−")
            ink = style.mute if mark.entry else style.down if losing else style.up
            texts.draw(painter, place.left, place.middle, mark.text, ink)

    def texts_fit(self, view: Viewport, texts: TextCache, model: ChartModel, taken: Taken) -> bool:
        """Returns whether the texts are still clear of the newest bar and of what else is there."""
        return not self._drawn or self._written == write(self._drawn, self.shown.marks, view, texts, model, taken)

    def paint_chosen(self, painter: QPainter, view: Viewport, style: ChartStyle) -> None:
        """Draws the links of the chosen trade once more, stronger."""
        for number, link in enumerate(self.shown.links):
            if self.chosen and link.position == self.chosen and number < len(self._links):
                ends = _ends(self._links[number : number + 1], view)[0].tolist()
                painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=True)
                painter.setPen(QPen(style.colour(self.colour(link.owner)), 2))
                painter.drawLine(QLineF(*ends))
                painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)

    def at(self, point: QPointF) -> TradeMark | None:
        """Returns the mark under a point, as it was drawn last."""
        best, found = _REACH, None
        for xs, ys, numbers in self._drawn:
            marks = self.shown.marks
            lean = ARROW / 2 if marks[int(numbers[0])].up else -ARROW / 2
            distances = np.hypot(xs - point.x(), ys + lean - point.y())
            nearest = int(distances.argmin())
            if distances[nearest] <= best:
                best, found = float(distances[nearest]), marks[int(numbers[nearest])]
        return found

    def _paint_links(self, painter: QPainter, view: Viewport, style: ChartStyle, first: int, last: int) -> None:
        links = self._links
        near = np.flatnonzero((links[:, 0] <= last) & (links[:, 1] >= max(0, first)) & (links[:, 0] >= 0))
        ends = _ends(links[near], view)
        long = np.flatnonzero(np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1]) >= CELL)
        # The latest ones, when there are too many.
        drawn = long[-_MOST_LINKS:]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=True)
        owners = np.array([self.colour(self.shown.links[n].owner) for n in near[drawn].tolist()])
        for colour in dict.fromkeys(owners.tolist()):
            pen = QPen(style.tint(style.colour(colour), _LINK_TINT), 1.2)
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            painter.setPen(pen)
            draw_lines(painter, ends[drawn[owners == colour]])
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)


def _bars_at(times: Places, moments: list[datetime]) -> Places:
    seconds = np.array([int(moment.timestamp()) for moment in moments], dtype=np.int64)
    found: Places = np.searchsorted(times, seconds, side="right").astype(np.int64) - 1
    return found


def _told_apart(bars: Places, view: Viewport, first: int, last: int) -> Places:
    """Returns which marks on the bars `first` to `last` are drawn: one for each cell of pixels, the first in it."""
    begin, end = np.searchsorted(bars, (first, last + 1))
    if end - begin <= view.width / CELL:
        return np.arange(begin, end)
    # Cells are counted from bar 0, so that nothing flickers while panning.
    bars_in_cell = max(1.0, CELL / view.pitch)
    edges = np.arange(max(0, first) // bars_in_cell, last // bars_in_cell + 2) * bars_in_cell
    firsts: Places = np.unique(np.searchsorted(bars, edges))
    kept: Places = firsts[(firsts >= begin) & (firsts < end)]
    return kept


def _ends(links: Floats, view: Viewport) -> Floats:
    far = 4 * view.height
    levels = [np.clip(view.prices_to_y(links[:, column]), -far, far) for column in (2, 3)]
    return np.column_stack((view.indices_to_x(links[:, 0]), levels[0], view.indices_to_x(links[:, 1]), levels[1]))


def _arrows(x: Floats, y: Floats, *, up: bool) -> Floats:
    """Returns the rows of triangles whose tips are at the points; drawn in one call, and crisp."""
    rows = []
    for number in range(ARROW):
        top = np.rint(y) + (number if up else -number - 1)
        rows.append(np.column_stack((np.floor(x) - number, top, np.full(len(x), 2.0 * number + 1), np.ones(len(x)))))
    return np.concatenate(rows)

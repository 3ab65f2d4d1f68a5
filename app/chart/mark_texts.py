"""What stands beside the arrows of trades: clear of bars, lines and legend, or not at all."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from app.chart.columns import Floats
from app.chart.model import ChartModel
from app.chart.style import TextCache
from app.chart.viewport import Viewport

#: Height of an arrow; how far from its tip a text still belongs to it; pixels.
ARROW, _FAR = 6, 56.0
_GAP = 3.0
#: More texts than these would hide the bars.
_MOST_TEXTS = 24

#: Where arrows were drawn, x and y of their tips, and the numbers of their marks.
Drawn = Iterable[tuple[Floats, Floats, npt.NDArray[np.int64]]]


class Mark(Protocol):
    """An arrow's text, and whether it points up."""

    @property
    def up(self) -> bool:
        """What was bought."""

    @property
    def text(self) -> str:
        """What stands beside it."""


class Written(NamedTuple):
    """A text's mark, its left edge and its middle."""

    number: int
    left: float
    middle: float


class Taken(NamedTuple):
    """What else is in the plot: width and height of the legend in its corner, the rows of its lines from the top."""

    legend: tuple[float, float]
    rows: Sequence[float]


def write(
    drawn: Drawn, marks: Sequence[Mark], view: Viewport, texts: TextCache, model: ChartModel, taken: Taken
) -> tuple[Written, ...]:
    """Returns which texts have room, and where: under the bars where something was bought, over them where sold."""
    arrows = [arrow for group in drawn for arrow in zip(*(column.tolist() for column in group), strict=True)]
    if len(arrows) > _MOST_TEXTS:
        return ()
    (legend_width, legend_height), rows = taken
    clear = texts.height / 2 + _GAP
    found: list[Written] = []
    for x, y, number in arrows:
        width = texts.width(marks[number].text)
        for middle in _rows(x, y, width, marks[number], view, texts.height, model):
            below = bisect_left(rows, middle - clear)
            if below < len(rows) and rows[below] < middle + clear:
                continue
            if x - width / 2 < legend_width and middle - texts.height / 2 < legend_height:
                continue
            near = (other for other in found if abs(middle - other.middle) < texts.height)
            if all(abs(x - width / 2 - each.left) >= max(width, texts.width(marks[each.number].text)) for each in near):
                found.append(Written(number, x - width / 2, middle))
                break
    return tuple(found)


def _rows(
    x: float, y: float, width: float, mark: Mark, view: Viewport, height: float, model: ChartModel
) -> Iterator[float]:
    # Middles of the first two rows beyond the bars that the text covers, as far as they are near enough.
    sign = 1 if mark.up else -1
    sides = (round(view.x_to_index(x + side * (width / 2 + _GAP))) for side in (-1, 1))
    reach = model.drawn.extremes(*sides)
    edge = y + sign * ARROW
    if reach is not None:
        beyond = view.price_to_y(reach[0] if mark.up else reach[1])
        edge = max(edge, beyond) if mark.up else min(edge, beyond)
    for row in range(2):
        middle = edge + sign * (height * (row + 0.5) + _GAP)
        if abs(middle - y) <= _FAR and height / 2 <= middle <= view.height - height / 2:
            yield middle

"""Puts things in their places: bars and marks on the time axis, panes in the widget, the price range around it all."""

from typing import TYPE_CHECKING

from app.chart.grid import TIME_AXIS_HEIGHT
from app.chart.panes import arrange

if TYPE_CHECKING:
    from app.chart.widget import ChartWidget

#: Lines farther away than this many times the bars' range don't widen it.
_NEAR = 1.5


def place_bars(chart: "ChartWidget", first: int) -> None:
    """Finds where bars, from `first` on, and marks stand on the time axis."""
    if chart.closed_hours:
        chart.view.gaps.fill(chart.model.bars["time"], chart.model.timeframe, first)
    else:
        chart.view.gaps.clear()
    if first == 0:
        chart.scene.marks.place(chart.model.bars)


def lay_out(chart: "ChartWidget") -> None:
    """Gives panes and plot the widget's height, the axis the width of its texts."""
    height = arrange(chart.scene.panes, chart.height() - TIME_AXIS_HEIGHT)
    chart.view.resize(chart.width() - chart.scene.axis_width, height)


def fit(chart: "ChartWidget") -> bool:
    """Fits the automatic ranges of prices and panes to what is in sight; returns whether all has to be painted."""
    model, view = chart.model, chart.view
    if not len(model):
        return False
    panes = chart.scene.fit_panes(chart.devicePixelRatioF())
    extremes = model.drawn.extremes(*view.visible(len(model)))
    if extremes is None:
        return False
    low, high = extremes
    view.head = chart.scene.measure_legend()[1]
    smallest = 20 * model.point
    reach = _NEAR * max(high - low, smallest)
    near = [line.price for line in chart.layer.lines if low - reach <= line.price <= high + reach]
    changed = view.fit(min([low, *near]), max([high, *near]), smallest)
    if changed:
        lay_out(chart)
    changed = changed or panes or not chart.scene.mark_texts_fit()
    if changed:
        chart.scene.invalidate()
    return changed


def fits(chart: "ChartWidget", bid: float) -> bool:
    """Returns whether all holds after a quote that only stretched the newest bar; cheaper than to fit it."""
    ranges = chart.view.snug(bid, bid) and all(pane.holds_newest() for pane in chart.scene.panes)
    return ranges and chart.scene.mark_texts_fit()

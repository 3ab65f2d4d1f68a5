"""Panes under the chart: one for each indicator with an axis of its own."""

import math
from dataclasses import dataclass, field

from app.chart.indicators import ActiveIndicator
from app.chart.viewport import Viewport

#: The bars keep at least this much of the height, a pane at least that many pixels.
LEAST_PLOT_SHARE, LEAST_PANE = 0.35, 40.0
_MARGIN = 0.08


@dataclass(slots=True)
class Pane:
    """An indicator's place: its top edge in the widget, the view it is drawn through, and whether that has a range."""

    active: ActiveIndicator
    top: float = 0.0
    view: Viewport = field(default_factory=Viewport)
    fitted: bool = False

    def follow(self, main: Viewport) -> None:
        """Shows the same bars as the main plot."""
        self.view.width, self.view.right, self.view.pitch = main.width, main.right, main.pitch
        self.view.gaps = main.gaps

    def holds(self, low: float, high: float) -> bool:
        """Returns whether the axis still suits a range of values."""
        if not self.fitted or self.active.kind.bounds is not None:
            return self.fitted
        span = self.view.high - self.view.low
        inside = self.view.low + span * 0.02 <= low and high <= self.view.high - span * 0.02
        return inside and (high - low) >= span * 0.6

    def holds_newest(self) -> bool:
        """Returns whether the axis suits the newest values."""
        if not self.fitted or self.active.kind.bounds is not None:
            return self.fitted
        span = self.view.high - self.view.low
        if not self.active.computed:
            return True
        newest = (self.active.last(output.name) for output in self.active.kind.outputs)
        low, high = self.view.low + span * 0.02, self.view.high - span * 0.02
        return all(low <= value <= high for value in newest if math.isfinite(value))

    def fit(self, low: float, high: float) -> None:
        """Fits the axis to a range of values."""
        self.fitted = True
        if self.active.kind.bounds is not None:
            low, high = self.active.kind.bounds
        span = max(high - low, abs(high) * 1e-9, 1e-12)
        self.view.low, self.view.high = low - span * _MARGIN, high + span * _MARGIN

    def text(self, value: float) -> str:
        """Returns a value with the digits its axis needs."""
        span = max(self.view.high - self.view.low, 1e-12)
        return f"{value:.{max(1, min(8, 2 - math.floor(math.log10(span))))}f}"


def arrange(panes: list[Pane], height: float) -> float:
    """Gives every pane its place from the bottom of `height` up; returns the height that is left for the bars."""
    wanted = [max(LEAST_PANE, pane.active.spec.height * height) for pane in panes]
    most = height * (1 - LEAST_PLOT_SHARE)
    shrink = min(1.0, most / sum(wanted)) if wanted else 1.0
    bottom = height
    for pane, share in zip(reversed(panes), reversed(wanted), strict=True):
        pane.view.height = max(1.0, share * shrink - 1)
        pane.top = bottom - pane.view.height
        bottom = pane.top - 1
    return max(1.0, bottom)

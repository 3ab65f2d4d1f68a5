"""What part of the series is on screen, and the mapping between bars, prices and pixels."""

import math
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from app.chart.columns import Floats
from app.chart.gaps import Gaps

MIN_PITCH, MAX_PITCH = 0.002, 80.0
DEFAULT_PITCH = 8.0
#: Free bars kept right of the newest one.
RIGHT_MARGIN = 9.0
_TOP_MARGIN, _BOTTOM_MARGIN = 0.08, 0.20
#: Most of the height that is kept free for what is written at the top.
_MOST_HEAD = 0.25
#: Below it a logarithm would leave every screen.
_LEAST_PRICE = 1e-12
_WIDEST = 1e12


class PriceScale(StrEnum):
    """How prices go to pixels and what the axis says."""

    LINEAR = "Linear"
    LOG = "Logarithmic"
    PERCENT = "Percent"


@dataclass(slots=True)
class Viewport:
    """The visible window.

    Attributes:
        width: Width of the plot in pixels.
        height: Height of the plot in pixels.
        right: Slot of the time axis (a fraction is allowed) at the plot's right edge.
        pitch: Pixels per slot, so per bar.
        low: Price at the bottom.
        high: Price at the top.
        auto_range: Whether the price range follows the visible bars; off once the user has set it by hand.
        fitted: Whether the price range belongs to what is shown; off makes the next `fit` start afresh.
        scale: Even steps of price, of its logarithm, or even steps with percents on the axis.
        head: Pixels at the top that the automatic price range keeps free of bars.
        gaps: The slots of bars; without gaps they are the bars' numbers.
    """

    width: float = 100.0
    height: float = 100.0
    right: float = 0.0
    pitch: float = DEFAULT_PITCH
    low: float = 0.0
    high: float = 1.0
    auto_range: bool = True
    fitted: bool = False
    scale: PriceScale = PriceScale.LINEAR
    head: float = 0.0
    gaps: Gaps = field(default_factory=Gaps)

    def index_to_x(self, index: float) -> float:
        """Returns the x of a bar's middle."""
        return self.width - (self.right - self.gaps.slot(index)) * self.pitch

    def indices_to_x(self, indices: Floats) -> Floats:
        """Returns the x of the middles of many bars."""
        return self.width - (self.right - self.gaps.slots(indices)) * self.pitch

    def x_to_index(self, x: float) -> float:
        """Returns the (fractional) bar number at x."""
        return self.gaps.index(self.right - (self.width - x) / self.pitch)

    def price_to_y(self, price: float) -> float:
        """Returns the y of a price."""
        high = self._level(self.high)
        return (high - self._level(price)) / (high - self._level(self.low)) * self.height

    def y_to_price(self, y: float) -> float:
        """Returns the price at y."""
        high = self._level(self.high)
        return self._price(high - y / self.height * (high - self._level(self.low)))

    def prices_to_y(self, prices: Floats) -> Floats:
        """Returns the y of many prices."""
        high, low = self._level(self.high), self._level(self.low)
        levels = np.log(np.maximum(prices, _LEAST_PRICE)) if self.scale is PriceScale.LOG else prices
        return (high - levels) * (self.height / (high - low))

    def visible(self, count: int) -> tuple[int, int]:
        """Returns the first and last visible bar of `count`; first > last when none is."""
        first = math.floor(self.x_to_index(0) - 0.5)
        return max(0, first), min(count - 1, math.ceil(self.gaps.index(self.right) + 0.5))

    def resize(self, width: float, height: float) -> None:
        """Takes a new size; the right edge stays where it is."""
        self.width, self.height = max(1.0, width), max(1.0, height)

    def follow(self, count: int) -> None:
        """Shows the newest bar with some room right of it."""
        self.right = self.gaps.slot(count - 1) + max(RIGHT_MARGIN, min(70.0, self.width * 0.12) / self.pitch)

    def pan(self, pixels: float, count: int) -> None:
        """Moves the bars right by `pixels`; some bars always stay in sight."""
        self.right -= pixels / self.pitch
        self._keep_in_sight(count)

    def zoom(self, factor: float, anchor_x: float, count: int) -> None:
        """Makes bars wider by `factor`; the bar under `anchor_x` stays where it is."""
        slot = self.right - (self.width - anchor_x) / self.pitch
        least = max(MIN_PITCH, min(1.0, self.width / max(1.0, self.gaps.slot(count - 1) + 1) * 0.8))
        self.pitch = min(MAX_PITCH, max(least, self.pitch * factor))
        self.right = slot + (self.width - anchor_x) / self.pitch
        self._keep_in_sight(count)

    def scale_price(self, factor: float) -> None:
        """Makes the price range `factor` times as large around its middle, by hand from now on."""
        high, low = self._level(self.high), self._level(self.low)
        middle, half = (high + low) / 2, (high - low) / 2 * factor
        if math.isfinite(half) and abs(middle) * 1e-9 < half < _WIDEST:
            self._set_range(middle - half, middle + half)

    def pan_price(self, pixels: float) -> None:
        """Moves prices down by `pixels`, by hand from now on."""
        high, low = self._level(self.high), self._level(self.low)
        shift = pixels / self.height * (high - low)
        self._set_range(low + shift, high + shift)

    def release_range(self) -> None:
        """Makes the price range automatic and fits it tightly next time."""
        self.auto_range, self.fitted = True, False

    def fit(self, low: float, high: float, smallest: float) -> bool:
        """Fits the price range to what is visible, if it is automatic. Returns whether it changed.

        A range that still holds the prices with fair margins is left alone: nothing jumps on every tick.
        """
        if not self.auto_range or not (math.isfinite(low) and math.isfinite(high)):
            return False
        foot, head = self._level(low), self._level(high)
        smallest = smallest / max(low, smallest) if self.scale is PriceScale.LOG else smallest
        span = max(head - foot, smallest, abs(head) * 1e-7)
        current = self._level(self.high) - self._level(self.low)
        if self.fitted and self.snug(low, high) and span >= current * 0.62:
            return False
        share = self._head_share()
        top = max(_TOP_MARGIN, share / (1 - share) * (1 + _BOTTOM_MARGIN))
        self._set_range(foot - span * _BOTTOM_MARGIN, head + span * top)
        self.auto_range = self.fitted = True
        return True

    def snug(self, low: float, high: float) -> bool:
        """Returns whether prices are within the range with fair margins, or the user has set it by hand."""
        if not self.auto_range:
            return True
        bottom, top = self._level(self.low), self._level(self.high)
        span = top - bottom
        return (
            self.fitted
            and self._level(low) >= bottom + span * 0.10
            and self._level(high) <= top - span * max(0.03, self._head_share() / 2)
        )

    def _head_share(self) -> float:
        return min(_MOST_HEAD, self.head / self.height)

    def _level(self, price: float) -> float:
        return math.log(max(price, _LEAST_PRICE)) if self.scale is PriceScale.LOG else price

    def _price(self, level: float) -> float:
        return math.exp(min(level, 600.0)) if self.scale is PriceScale.LOG else level

    def _set_range(self, bottom: float, top: float) -> None:
        self.low, self.high, self.auto_range = self._price(bottom), self._price(top), False

    def _keep_in_sight(self, count: int) -> None:
        bars = self.width / self.pitch
        self.right = max(min(10.0, bars / 2), min(self.right, self.gaps.slot(count - 1) + bars * 0.8))

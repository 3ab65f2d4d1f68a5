"""What part of the series is on screen, and the mapping between bars, prices and pixels."""

import math
from dataclasses import dataclass

MIN_PITCH, MAX_PITCH = 0.002, 80.0
DEFAULT_PITCH = 8.0
#: Free bars kept right of the newest one.
RIGHT_MARGIN = 9.0
_TOP_MARGIN, _BOTTOM_MARGIN = 0.08, 0.20


@dataclass(slots=True)
class Viewport:
    """The visible window.

    Attributes:
        width: Width of the plot in pixels.
        height: Height of the plot in pixels.
        right: Bar number (a fraction is allowed) at the plot's right edge.
        pitch: Pixels per bar.
        low: Price at the bottom.
        high: Price at the top.
        auto_range: Whether the price range follows the visible bars; off once the user has set it by hand.
        fitted: Whether the price range belongs to what is shown; off makes the next `fit` start afresh.
    """

    width: float = 100.0
    height: float = 100.0
    right: float = 0.0
    pitch: float = DEFAULT_PITCH
    low: float = 0.0
    high: float = 1.0
    auto_range: bool = True
    fitted: bool = False

    def index_to_x(self, index: float) -> float:
        """Returns the x of a bar's middle."""
        return self.width - (self.right - index) * self.pitch

    def x_to_index(self, x: float) -> float:
        """Returns the (fractional) bar number at x."""
        return self.right - (self.width - x) / self.pitch

    def price_to_y(self, price: float) -> float:
        """Returns the y of a price."""
        return (self.high - price) / (self.high - self.low) * self.height

    def y_to_price(self, y: float) -> float:
        """Returns the price at y."""
        return self.high - y / self.height * (self.high - self.low)

    def visible(self, count: int) -> tuple[int, int]:
        """Returns the first and last visible bar of `count`; first > last when none is."""
        first = math.floor(self.x_to_index(0) - 0.5)
        return max(0, first), min(count - 1, math.ceil(self.right + 0.5))

    def resize(self, width: float, height: float) -> None:
        """Takes a new size; the right edge stays where it is."""
        self.width, self.height = max(1.0, width), max(1.0, height)

    def follow(self, count: int) -> None:
        """Shows the newest bar with some room right of it."""
        self.right = count - 1 + max(RIGHT_MARGIN, min(70.0, self.width * 0.12) / self.pitch)

    def pan(self, pixels: float, count: int) -> None:
        """Moves the bars right by `pixels`; some bars always stay in sight."""
        self.right -= pixels / self.pitch
        self._keep_in_sight(count)

    def zoom(self, factor: float, anchor_x: float, count: int) -> None:
        """Makes bars wider by `factor`; the bar under `anchor_x` stays where it is."""
        index = self.x_to_index(anchor_x)
        least = max(MIN_PITCH, min(1.0, self.width / max(1, count) * 0.8))
        self.pitch = min(MAX_PITCH, max(least, self.pitch * factor))
        self.right = index + (self.width - anchor_x) / self.pitch
        self._keep_in_sight(count)

    def scale_price(self, factor: float) -> None:
        """Makes the price range `factor` times as large around its middle, by hand from now on."""
        middle, half = (self.high + self.low) / 2, (self.high - self.low) / 2 * factor
        if math.isfinite(half) and half > middle * 1e-9:
            self.low, self.high, self.auto_range = middle - half, middle + half, False

    def pan_price(self, pixels: float) -> None:
        """Moves prices down by `pixels`, by hand from now on."""
        shift = pixels / self.height * (self.high - self.low)
        self.low, self.high, self.auto_range = self.low + shift, self.high + shift, False

    def release_range(self) -> None:
        """Makes the price range automatic and fits it tightly next time."""
        self.auto_range, self.fitted = True, False

    def fit(self, low: float, high: float, smallest: float) -> bool:
        """Fits the price range to what is visible, if it is automatic. Returns whether it changed.

        A range that still holds the prices with fair margins is left alone: nothing jumps on every tick.
        """
        if not self.auto_range or not (math.isfinite(low) and math.isfinite(high)):
            return False
        span = max(high - low, smallest, abs(high) * 1e-7)
        bottom, top = low - span * _BOTTOM_MARGIN, high + span * _TOP_MARGIN
        current = self.high - self.low
        snug = low >= self.low + current * 0.10 and high <= self.high - current * 0.03
        if self.fitted and snug and span >= current * 0.62:
            return False
        self.low, self.high, self.fitted = bottom, top, True
        return True

    def _keep_in_sight(self, count: int) -> None:
        bars = self.width / self.pitch
        self.right = max(min(10.0, bars / 2), min(self.right, count - 1 + bars * 0.8))

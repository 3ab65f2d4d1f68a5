"""How an Expert Advisor trades in the simulation: not its code, but its inputs, read out of its source.

Lots or risk, stop, target, highest spread, session and magic number are what the inputs say. When to trade is imitated
by the crossing of two averages, of the program's own periods where it has some.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from agent_core.simulator.market.symbols import Symbol

Prices = npt.NDArray[np.float64]

ATR_BARS = 14
_INPUT = re.compile(
    r"^\s*s?input\s+\w+\s+(?P<name>\w+)\s*=\s*(?P<value>-?[\d.]+)\s*;[ \t]*(?://(?P<comment>[^\n]*))?", re.MULTILINE
)
#: A stop where the program has no input for one.
_USUAL_STOP = 3.0
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Distance:
    """Distance of a stop or a target: so many ATRs, points or multiples of the risk."""

    value: float
    unit: Literal["atr", "points", "risk"]

    def of(self, atr: float, point: float, risk: float) -> float:
        """Returns it as a difference of prices."""
        return self.value * {"atr": atr, "points": point, "risk": risk}[self.unit]


@dataclass(frozen=True, slots=True)
class Strategy:
    """What a program's inputs say.

    Attributes:
        magic: Its magic number; 0 where it has none and does not trade.
        lots: Fixed volume, or None where the risk decides.
        risk_percent: Share of the equity that a stop costs.
        stop: Distance of the stop.
        target: Distance of the target; 0 for none.
        max_spread: Highest spread in points at which it enters; 0 for any.
        fast: Bars of the fast average.
        slow: Bars of the slow average.
        from_hour: Server hour from which it enters; the same as `to_hour` for all day.
        to_hour: Server hour before which it does.
    """

    magic: int
    lots: float | None
    risk_percent: float
    stop: Distance
    target: Distance
    max_spread: float
    fast: int
    slow: int
    from_hour: int
    to_hour: int

    def in_session(self, server_seconds: int) -> bool:
        """Whether it enters at a moment in server time; a session may go over midnight."""
        hour = server_seconds // 3600 % 24
        if self.from_hour < self.to_hour:
            return self.from_hour <= hour < self.to_hour
        return self.from_hour == self.to_hour or hour >= self.from_hour or hour < self.to_hour

    def volume(self, symbol: Symbol, equity: float, loss_per_lot: float) -> float:
        """Returns the lots of an entry, rounded down; 0 when they would be less than the symbol allows."""
        wanted = self.lots if self.lots is not None else equity * self.risk_percent / 100 / loss_per_lot
        lots = int(min(wanted, symbol.volume_max) / symbol.volume_step + _ROUNDING) * symbol.volume_step
        return round(lots, 8) if lots >= symbol.volume_min - _ROUNDING else 0.0

    def signals(self, closes: Prices) -> npt.NDArray[np.int64]:
        """Returns for each bar the side the averages are on after it: 1, -1, or 0 while there are too few bars."""
        sides = np.zeros(len(closes), dtype=np.int64)
        if len(closes) > self.slow:
            sums = np.concatenate([[0.0], np.cumsum(closes)])
            fast, slow = ((sums[n:] - sums[:-n]) / n for n in (self.fast, self.slow))
            sides[self.slow - 1 :] = np.where(fast[self.slow - self.fast :] >= slow, 1, -1)
        return sides


def read_strategy(source: str, inputs: Mapping[str, str]) -> Strategy:
    """Reads the strategy of a program.

    Args:
        source: The program.
        inputs: Values given on the chart; the source's own hold for the others.
    """
    found = _Inputs(source, inputs)
    stop = found.distance(r"stop|^sl$|trail", "stop") or Distance(_USUAL_STOP, "atr")
    fast = int(found.number(r"fast", 10))
    return Strategy(
        magic=int(found.number(r"magic", 0)),
        lots=found.optional(r"lots?$|lotsize|volume"),
        risk_percent=found.number(r"risk", 1.0),
        stop=stop,
        target=found.distance(r"target|takeprofit|^tp$", "target") or Distance(0.0, "points"),
        max_spread=found.number(r"spread", 0.0),
        fast=max(1, fast),
        slow=max(fast + 1, int(found.number(r"slow|period", 30))),
        from_hour=int(found.number(r"^(from|start)_?hour", 0)),
        to_hour=int(found.number(r"^(to|end)_?hour", 0)),
    )


class _Inputs:
    """The numeric inputs of a program, by what their names say."""

    def __init__(self, source: str, given: Mapping[str, str]) -> None:
        self._values: dict[str, tuple[float, str]] = {}
        for match in _INPUT.finditer(source):
            plain = match["name"].lower().removeprefix("inp").strip("_")
            number = _number(given.get(match["name"], match["value"]))
            if number is not None:
                self._values[plain] = (number, (match["comment"] or "").lower())

    def optional(self, pattern: str) -> float | None:
        """Returns the first input whose name fits."""
        return next((value for name, (value, _) in self._values.items() if re.search(pattern, name)), None)

    def number(self, pattern: str, otherwise: float) -> float:
        """Returns the first input whose name fits, or another value."""
        found = self.optional(pattern)
        return otherwise if found is None else found

    def distance(self, pattern: str, word: str) -> Distance | None:
        """Returns the first input that is a distance; its unit is in its name or its comment."""
        for name, (value, comment) in self._values.items():
            if not re.search(pattern, name):
                continue
            text = f"{name} {comment}"
            if "atr" in text:
                return Distance(value, "atr")
            if "pip" in text:
                return Distance(value * 10, "points")
            if "point" in text or value >= 10:
                return Distance(value, "points")
            return Distance(value, "risk" if word == "target" else "atr")
        return None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def average_range(highs: Prices, lows: Prices, closes: Prices) -> float:
    """Returns the average true range of the last bars; 0 without any."""
    if len(closes) < 2:
        return 0.0
    before = closes[:-1]
    ranges = np.maximum(highs[1:], before) - np.minimum(lows[1:], before)
    return float(ranges[-ATR_BARS:].mean())

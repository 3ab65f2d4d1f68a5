"""What an indicator is: its parameters, its lines, and the function that computes them from any bar on.

A computation gets the first bar that changed and fills its columns from there to the end, reading what it needs of
the bars and of its own columns before that bar. The batch starts at bar 0, a tick at the last bar, and both do the
same arithmetic in the same order: they agree to the last digit, and a tick costs nothing that grows with history.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from agent_core.protocol.market import TIMEFRAME_SECONDS, Timeframe
from agent_core.terminal.models import Bars
from app.chart.columns import Columns, Floats

Settings = Mapping[str, float]
Style = Literal["line", "columns", "dots"]
_DAY = 86400


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number the user sets; whole where `decimals` is 0."""

    name: str
    title: str
    default: float
    least: float
    most: float
    decimals: int = 0


@dataclass(frozen=True, slots=True)
class Output:
    """A line of an indicator.

    Attributes:
        name: Its column.
        title: What the legend says when there are several lines.
        tone: Colour unless the user chose another: a palette name of the chart's style.
        style: How it is drawn; columns start at zero.
        shift: Parameter that says by how many bars the line is drawn later; a leading minus means earlier.
        breaks: Column at whose changes the line is interrupted.
        made: How it is made of two other columns where it is drawn; None where it has a column of its own.
    """

    name: str
    title: str
    tone: str
    style: Style = "line"
    shift: str = ""
    breaks: str = ""
    made: tuple[np.ufunc, str, str] | None = None


class Source:
    """The bars an indicator is computed from: open, high, low, close and volume as whole columns, not copied."""

    def __init__(self, bars: Bars, timeframe: Timeframe) -> None:
        self._bars, self._timeframe = bars, timeframe
        self.open: Floats = bars["open"]
        self.high: Floats = bars["high"]
        self.low: Floats = bars["low"]
        self.close: Floats = bars["close"]
        self.volume: Floats = bars["volume"]

    def __len__(self) -> int:
        return len(self._bars)

    def part(self, first: int, stop: int) -> "Source":
        """Returns the bars from `first` on, up to `stop`."""
        return Source(self._bars[first:stop], self._timeframe)

    def sessions(self, first: int) -> npt.NDArray[np.int64]:
        """Returns the number of each bar's trading session from bar `first` on: days within, months above a day."""
        times = self._bars["time"][first:].astype(np.int64)
        if TIMEFRAME_SECONDS[self._timeframe] < _DAY:
            return times // _DAY
        return times.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)


class Window:
    """What a computation reads and fills: its columns from the bar on with which its source begins."""

    def __init__(self, kept: Columns, scratch: Columns, first: int) -> None:
        self._kept, self._scratch, self._first = kept, scratch, first

    def __getitem__(self, name: str) -> Floats:
        if name in self._scratch.names:
            return self._scratch[name]
        return self._kept[name][self._first :]


Compute = Callable[[Source, Window, int, Settings], None]


@dataclass(frozen=True, slots=True)
class Indicator:
    """A kind of indicator.

    Attributes:
        key: Stable name, kept in files.
        title: What the menu says.
        short: What the legend says.
        family: Group of the menu.
        parameters: In the order the legend shows them.
        outputs: Its lines, drawn in this order.
        compute: Fills the columns of all outputs and of `state` from a bar on.
        pane: Whether it has its own pane under the chart, else it lies over the bars.
        state: Further columns.
        band: Two outputs between which the background is tinted.
        levels: Marked values of the pane's axis.
        bounds: Fixed range of the pane's axis.
    """

    key: str
    title: str
    short: str
    family: str
    parameters: tuple[Parameter, ...]
    outputs: tuple[Output, ...]
    compute: Compute
    pane: bool = False
    state: tuple[str, ...] = ()
    band: tuple[str, str] | None = None
    levels: tuple[float, ...] = ()
    bounds: tuple[float, float] | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that are kept for all bars: what is drawn, or what that is made of."""
        names: dict[str, None] = {}
        for output in self.outputs:
            names |= dict.fromkeys(output.made[1:] if output.made else (output.name,))
            names |= dict.fromkeys((output.breaks,) if output.breaks else ())
        return tuple(names)

    @property
    def scratch(self) -> tuple[str, ...]:
        """Names of the columns that only the computation reads, and only near the bars it computes."""
        return tuple(name for name in self.state if name not in self.columns)

    def defaults(self) -> dict[str, float]:
        """Returns the parameters as they are at first."""
        return {parameter.name: parameter.default for parameter in self.parameters}


def period(default: int, name: str = "period", title: str = "Period") -> Parameter:
    """Returns a parameter that counts bars."""
    return Parameter(name, title, default, 1, 1000)


def factor(default: float, name: str, title: str, most: float = 20.0, decimals: int = 2) -> Parameter:
    """Returns a parameter that multiplies something."""
    return Parameter(name, title, default, 10.0**-decimals, most, decimals)

"""An indicator on a chart: what the user chose, and its values."""

import math
from typing import Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from app.chart.columns import Columns, Floats
from app.chart.indicators.base import Indicator, Output, Source, Window
from app.chart.indicators.catalogue import INDICATORS

Places = npt.NDArray[np.int64]
_ALL = slice(None)
#: Bars for which columns are kept that nobody draws.
_SCRATCH = 4096


class IndicatorSpec(BaseModel):
    """What is kept of an indicator.

    Attributes:
        key: Its kind.
        settings: The user's parameters.
        colours: The user's colours, `#rrggbb` by output.
        height: Its pane's share of the chart's height.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    key: str
    settings: dict[str, float] = Field(default_factory=dict)
    colours: dict[str, str] = Field(default_factory=dict)
    height: float = Field(default=0.16, ge=0.05, le=0.6)

    def repaired(self) -> Self | None:
        """Returns the spec with every parameter present and within its bounds; None for an unknown indicator."""
        kind = INDICATORS.get(self.key)
        if kind is None:
            return None
        settings: dict[str, float] = {}
        for parameter in kind.parameters:
            value = self.settings.get(parameter.name, parameter.default)
            if not math.isfinite(value):
                value = parameter.default
            settings[parameter.name] = min(parameter.most, max(parameter.least, round(value, parameter.decimals)))
        return self.model_copy(update={"settings": settings})


class ActiveIndicator:
    """An indicator and its columns, kept in step with the bars.

    Columns that nobody draws are kept for the newest bars only: as many as a computation looks back on.
    """

    def __init__(self, spec: IndicatorSpec) -> None:
        repaired = spec.repaired()
        if repaired is None:
            raise KeyError(spec.key)
        self.spec = repaired
        self.kind: Indicator = INDICATORS[spec.key]
        self._columns, self._scratch = Columns(self.kind.columns), Columns(self.kind.scratch)
        self._made = {output.name: output.made for output in self.kind.outputs if output.made is not None}
        self._shown: Columns | None = None
        self._origin = 0
        whole = [int(self.spec.settings[each.name]) for each in self.kind.parameters if each.decimals == 0]
        # Sums over a moving window begin anew at multiples of its length: cut off there, they stay what they were.
        self._step, self._reach = math.lcm(*whole), 2 * sum(whole) + 2

    def update(self, source: Source, start: int) -> None:
        """Computes from bar `start` on, all at once."""
        self.begin(source, start)
        while not self.work(source, len(source)):
            pass

    def begin(self, source: Source, start: int, before: int = 0) -> None:
        """Forgets the values from bar `start` on; `work` computes them again.

        Where `before` bars were put in front, or so much is forgotten that everything has to be computed again, the
        values that were there are shown until the new ones are complete.
        """
        if before and len(self._columns):
            self._shown = self._columns.moved(before)
            self._columns = Columns(self.kind.columns)
        if self._origin and start < self._origin + self._reach:
            if start:
                self._columns.resize(start)
                self._shown, self._columns = self._columns, Columns(self.kind.columns)
            start = self._origin = 0
        self._columns.reserve(len(source))
        self._columns.resize(min(len(self._columns), start))
        self._scratch.resize(len(self._columns) - self._origin)

    def work(self, source: Source, most: int) -> bool:
        """Computes at most so many bars more; returns whether the values are complete.

        Each piece continues where the last one ended, as a quote does: the result is the batch's to the last digit.
        """
        start = len(self._columns)
        stop = min(len(source), start + most)
        if start < stop:
            origin = self._origin
            self._columns.resize(stop)
            self._scratch.resize(stop - origin)
            part = source if not origin and stop == len(source) else source.part(origin, stop)
            window = Window(self._columns, self._scratch, origin)
            self.kind.compute(part, window, start - origin, self.spec.settings)
            self._forget(stop)
        if stop == len(source):
            self._shown = None
        return stop == len(source)

    def _forget(self, count: int) -> None:
        kept = max(_SCRATCH, 2 * self._reach)
        origin = (count - kept) // self._step * self._step
        if self._scratch.names and count - self._origin > 2 * kept and origin > self._origin:
            self._scratch.drop(origin - self._origin)
            self._origin = origin

    @property
    def computed(self) -> int:
        """Number of bars that have their values."""
        return len(self._columns)

    def complete(self, count: int) -> bool:
        """Returns whether there is a value for each of `count` bars."""
        return self._shown is None and len(self._columns) == count

    def __len__(self) -> int:
        """Number of bars whose values are shown."""
        return len(self._shown or self._columns)

    def values(self, name: str, places: Places | slice = _ALL) -> Floats:
        """Returns values of an output or a column, of all bars or those wanted; while computing there are fewer."""
        columns = self._shown or self._columns
        if name not in self._made:
            return columns[name][places]
        together, first, second = self._made[name]
        made: Floats = together(columns[first][places], columns[second][places])
        return made

    def at(self, name: str, index: int) -> float:
        """Returns one value."""
        return float(self.values(name, slice(index, index + 1 or None))[0])

    def last(self, column: str) -> float:
        """Returns the newest value of a column."""
        return self.at(column, -1)

    def shift(self, output: Output) -> int:
        """Returns by how many bars an output is drawn later."""
        if not output.shift:
            return 0
        sign = -1 if output.shift.startswith("-") else 1
        return sign * int(self.spec.settings[output.shift.lstrip("-")])

    def value_at(self, output: Output, index: int) -> float:
        """Returns what is drawn at a bar; NaN where there is nothing."""
        place = index - self.shift(output)
        return self.at(output.name, place) if 0 <= place < len(self) else math.nan

    def colour(self, output: Output) -> str:
        """Returns the colour of an output, `#rrggbb` or the name of a tone."""
        return self.spec.colours.get(output.name, output.tone)

    @property
    def title(self) -> str:
        """Name with its parameters, as the legend shows it."""
        parts = (f"{self.spec.settings[p.name]:.{p.decimals}f}" for p in self.kind.parameters)
        return " ".join((self.kind.short, *parts))

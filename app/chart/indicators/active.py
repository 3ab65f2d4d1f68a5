"""An indicator on a chart: what the user chose, and its values."""

import math
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from app.chart.columns import Columns, Floats
from app.chart.indicators.base import Indicator, Output, Source
from app.chart.indicators.catalogue import INDICATORS


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
    """An indicator and its columns, kept in step with the bars."""

    def __init__(self, spec: IndicatorSpec) -> None:
        repaired = spec.repaired()
        if repaired is None:
            raise KeyError(spec.key)
        self.spec = repaired
        self.kind: Indicator = INDICATORS[spec.key]
        self._columns = Columns(self.kind.columns)
        self._shown: Columns | None = None

    def update(self, source: Source, start: int) -> None:
        """Computes from bar `start` on, all at once."""
        self.begin(source, start)
        while not self.work(source, len(source)):
            pass

    def begin(self, source: Source, start: int, before: int = 0) -> None:
        """Forgets the values from bar `start` on; `work` computes them again.

        Where `before` bars were put in front, the values that were there are shown until the new ones are complete.
        """
        if before and len(self._columns):
            self._shown = self._columns.moved(before)
            self._columns = Columns(self.kind.columns)
        self._columns.reserve(len(source))
        self._columns.resize(min(len(self._columns), start))

    def work(self, source: Source, most: int) -> bool:
        """Computes at most so many bars more; returns whether the values are complete.

        Each piece continues where the last one ended, as a quote does: the result is the batch's to the last digit.
        """
        start = len(self._columns)
        stop = min(len(source), start + most)
        if start < stop:
            self._columns.resize(stop)
            self.kind.compute(source if stop == len(source) else source.head(stop), self._columns, start,
                              self.spec.settings)  # fmt: skip
        if stop == len(source):
            self._shown = None
        return stop == len(source)

    @property
    def computed(self) -> int:
        """Number of bars that have their values."""
        return len(self._columns)

    def complete(self, count: int) -> bool:
        """Returns whether there is a value for each of `count` bars."""
        return self._shown is None and len(self._columns) == count

    def values(self, output: str) -> Floats:
        """Returns a column; shorter than the bars while it is being computed."""
        return (self._shown or self._columns)[output]

    def at(self, column: str, index: int) -> float:
        """Returns one value of a column."""
        return float(self.values(column)[index])

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
        column = self.values(output.name)
        return float(column[place]) if 0 <= place < len(column) else math.nan

    def colour(self, output: Output) -> str:
        """Returns the colour of an output, `#rrggbb` or the name of a tone."""
        return self.spec.colours.get(output.name, output.tone)

    @property
    def title(self) -> str:
        """Name with its parameters, as the legend shows it."""
        parts = (f"{self.spec.settings[p.name]:.{p.decimals}f}" for p in self.kind.parameters)
        return " ".join((self.kind.short, *parts))

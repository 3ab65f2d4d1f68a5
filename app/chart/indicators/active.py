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

    def update(self, source: Source, start: int) -> None:
        """Computes from bar `start` on."""
        self._columns.resize(len(source))
        if start < len(source):
            self.kind.compute(source, self._columns, start, self.spec.settings)

    def values(self, output: str) -> Floats:
        """Returns a column."""
        return self._columns[output]

    def at(self, column: str, index: int) -> float:
        """Returns one value of a column."""
        return float(self._columns[column][index])

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
        column = self._columns[output.name]
        return float(column[place]) if 0 <= place < len(column) else math.nan

    def colour(self, output: Output) -> str:
        """Returns the colour of an output, `#rrggbb` or the name of a tone."""
        return self.spec.colours.get(output.name, output.tone)

    @property
    def title(self) -> str:
        """Name with its parameters, as the legend shows it."""
        parts = (f"{self.spec.settings[p.name]:.{p.decimals}f}" for p in self.kind.parameters)
        return " ".join((self.kind.short, *parts))

"""Drawings are anchored to time and price, so they stay where they are on every timeframe."""

from bisect import bisect_right
from enum import StrEnum
from typing import NamedTuple, Self
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field, model_validator

from agent_core.protocol.market import TIMEFRAME_SECONDS, Timeframe
from agent_core.terminal.models import Bars


class Tool(StrEnum):
    """What can be drawn."""

    HORIZONTAL = "Horizontal line"
    TREND = "Trend line"
    RAY = "Ray"
    RECTANGLE = "Rectangle"
    FIBONACCI = "Fibonacci"
    TEXT = "Text"
    RULER = "Ruler"

    @property
    def anchors(self) -> int:
        """How many points it takes."""
        return 1 if self in (Tool.HORIZONTAL, Tool.TEXT) else 2


class Anchor(NamedTuple):
    """A point: epoch seconds UTC of a bar's start, and a price."""

    time: int
    price: float


class Drawing(BaseModel):
    """One drawing; `colour` is the name of a tone or `#rrggbb`, `text` what a text says."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    id: str = Field(default_factory=lambda: uuid4().hex)
    tool: Tool
    anchors: tuple[Anchor, ...]
    colour: str = "accent"
    text: str = Field(default="", max_length=200)

    @model_validator(mode="after")
    def _has_its_anchors(self) -> Self:
        if len(self.anchors) != self.tool.anchors:
            raise ValueError(f"a {self.tool.value.lower()} has {self.tool.anchors} anchors")
        return self

    def with_anchor(self, number: int, anchor: Anchor) -> "Drawing":
        """Returns it with one point elsewhere."""
        anchors = (*self.anchors[:number], anchor, *self.anchors[number + 1 :])
        return self.model_copy(update={"anchors": anchors})


class Drawings:
    """The drawings of a chart with their past and future. States are whole tuples: undo is a step back."""

    def __init__(self, items: tuple[Drawing, ...] = ()) -> None:
        self.items = items
        self._past: list[tuple[Drawing, ...]] = []
        self._future: list[tuple[Drawing, ...]] = []

    def change(self, items: tuple[Drawing, ...]) -> None:
        """Takes a new state; what was undone is gone."""
        if items != self.items:
            self._past.append(self.items)
            del self._past[:-200]
            self._future.clear()
            self.items = items

    def undo(self) -> bool:
        """Steps back; returns whether there was a step."""
        if not self._past:
            return False
        self._future.append(self.items)
        self.items = self._past.pop()
        return True

    def redo(self) -> bool:
        """Steps forward again; returns whether there was a step."""
        if not self._future:
            return False
        self._past.append(self.items)
        self.items = self._future.pop()
        return True


class TimeGrid:
    """Bar numbers of times and back, also before the first and after the last bar."""

    def __init__(self, bars: Bars, timeframe: Timeframe) -> None:
        self._times = bars["time"]
        self._step = TIMEFRAME_SECONDS[timeframe]

    def index(self, time: int) -> float:
        """Returns the number of the bar that holds a time."""
        times = self._times
        if len(times) == 0:
            return 0.0
        if time < times[0]:
            return float(time - times[0]) / self._step
        if time > times[-1]:
            return len(times) - 1 + float(time - times[-1]) / self._step
        return float(bisect_right(times, time) - 1)

    def time(self, index: int) -> int:
        """Returns the start of a bar, that exists or would."""
        times = self._times
        if len(times) == 0:
            return 0
        if index < 0:
            return int(times[0]) + index * self._step
        if index >= len(times):
            return int(times[-1]) + (index - len(times) + 1) * self._step
        return int(times[index])

"""One step of the tour."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from app.tour.guide import Guide


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its name for the picture's file, what it is about, and what it does."""

    name: str
    title: str
    work: Callable[[Guide], Awaitable[None]]

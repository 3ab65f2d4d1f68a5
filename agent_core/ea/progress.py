"""How long work tells where it is."""

from typing import Protocol


class Progress(Protocol):
    """Called with a fraction from 0 to 1 (None when unknown) and a short sentence."""

    def __call__(self, fraction: float | None, text: str) -> None:
        """Reports a step."""


def silent(fraction: float | None, text: str) -> None:
    """Reports to nobody."""

"""What a tour leaves behind: one picture a step and `report.json`."""

import json
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Self


class CheckFailedError(Exception):
    """The window or the terminal isn't as it should be; the text says what was expected and what was seen."""


@dataclass(slots=True)
class StepReport:
    """One step of the tour. `checked` holds a sentence for each thing that was seen to be right."""

    name: str
    title: str
    ok: bool = False
    ms: int = 0
    checked: list[str] = field(default_factory=list)
    error: str | None = None
    picture: str | None = None


@dataclass(slots=True)
class TourReport:
    """The whole tour."""

    folder: Path
    started_at: str = field(default_factory=lambda: datetime.now(UTC).isoformat())
    steps: list[StepReport] = field(default_factory=list)
    _clock: float = field(default_factory=time.monotonic)

    @classmethod
    def begin(cls, folder: Path) -> Self:
        """Makes the folder."""
        folder.mkdir(parents=True, exist_ok=True)
        return cls(folder)

    @property
    def ok(self) -> bool:
        """Whether every step went well."""
        return bool(self.steps) and all(step.ok for step in self.steps)

    def write(self) -> None:
        """Writes `report.json`."""
        document = {
            "ok": self.ok,
            "started_at": self.started_at,
            "ms": int((time.monotonic() - self._clock) * 1000),
            "steps": [asdict(step) for step in self.steps],
        }
        (self.folder / "report.json").write_text(json.dumps(document, indent=2), encoding="utf-8")

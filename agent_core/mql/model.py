"""What a check of MQL5 source answers."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]
CheckMode = Literal["full", "syntax"]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One message about the source, in MetaEditor's words and codes.

    Attributes:
        line: Line, from 1.
        column: Column in characters, from 1.
        severity: "error", "warning" or "info".
        code: MetaEditor's number, None where it has none.
        message: The text without code and position.
        file: Path of the included file it is in, None for the checked source itself.
    """

    line: int
    column: int
    severity: Severity
    code: int | None
    message: str
    file: str | None = None


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Outcome of one check.

    Attributes:
        diagnostics: In order of position, the checked source before its include files.
        mode: "full" when names and types were checked, "syntax" when only the grammar was.
        elapsed_ms: Time the check took.
    """

    diagnostics: tuple[Diagnostic, ...]
    mode: CheckMode
    elapsed_ms: float

    @property
    def ok(self) -> bool:
        """Whether there is no error; warnings are allowed."""
        return not any(diagnostic.severity == "error" for diagnostic in self.diagnostics)

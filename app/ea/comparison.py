"""What changed between two sources: lines, and the inputs a trader sees."""

import difflib
import re
from dataclasses import dataclass
from typing import Literal

LineKind = Literal["same", "added", "removed", "gap"]
_CONTEXT = 3
_INPUT = re.compile(r"^\s*s?input\s+(?!group\b)[\w ]*?\b(\w+)\s*=\s*([^;]*);", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a comparison; a gap stands for lines that are the same."""

    kind: LineKind
    text: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """A source against an older one."""

    lines: tuple[DiffLine, ...]
    inputs_added: tuple[str, ...]
    inputs_removed: tuple[str, ...]
    inputs_changed: tuple[str, ...]

    @property
    def added(self) -> int:
        """How many lines are new."""
        return sum(1 for line in self.lines if line.kind == "added")

    @property
    def removed(self) -> int:
        """How many lines are gone."""
        return sum(1 for line in self.lines if line.kind == "removed")


def compare(older: str, newer: str) -> Comparison:
    """Compares two sources line by line."""
    before, after = older.splitlines(), newer.splitlines()
    lines: list[DiffLine] = []
    for group in difflib.SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(_CONTEXT):
        if group[0][3] > 0:
            lines.append(DiffLine("gap", f"line {group[0][3] + 1}"))
        for tag, old_from, old_to, new_from, new_to in group:
            if tag == "equal":
                lines += [DiffLine("same", text) for text in after[new_from:new_to]]
            else:
                lines += [DiffLine("removed", text) for text in before[old_from:old_to]]
                lines += [DiffLine("added", text) for text in after[new_from:new_to]]
    had, has = dict(_INPUT.findall(older)), dict(_INPUT.findall(newer))
    return Comparison(
        tuple(lines),
        tuple(name for name in has if name not in had),
        tuple(name for name in had if name not in has),
        tuple(
            f"{name} {had[name].strip()} → {has[name].strip()}" for name in has if had.get(name, has[name]) != has[name]
        ),
    )

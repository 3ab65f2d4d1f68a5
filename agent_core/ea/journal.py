"""Follows the terminal's journals: UTF-16 files that grow, one a day, and roll over at local midnight."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

from agent_core.ea.models import LogLevel

_FILE_NAME = re.compile(r"\d{8}\.log")
_LINE_END = "\n".encode("utf-16-le")
_LEVELS: dict[str, LogLevel] = {"0": "info", "1": "warning", "2": "warning", "3": "error"}
_CHART = r"\((?P<symbol>[^,()]+),(?P<timeframe>[A-Z0-9]+)\)"
#: An EA's own lines name it in their source; the terminal's lines about it do so in the middle of a sentence, which is
#: in the language of the terminal. Our EAs' names have no spaces.
_OWN = re.compile(rf"^(?P<name>.+?) {_CHART}$")
_ABOUT = re.compile(rf"(?:^|\s)(?P<name>\S+) {_CHART}")
EXPERTS = "Experts"
_MAX_READ = 1 << 20


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One line. `source` is "Experts", or for an EA's own output its name and chart: "NAME (EURUSD,H1)"."""

    at: datetime
    level: LogLevel
    source: str
    message: str


@dataclass(frozen=True, slots=True)
class ExpertOnChart:
    """Who a line is about."""

    name: str
    symbol: str
    timeframe: str


class JournalTail:
    """Reads what was added to one folder of journals.

    It begins at the end of the newest file, or where an earlier tail stopped (`position`, "name:offset").
    """

    def __init__(self, folder: Path, position: str | None = None) -> None:
        self._folder = folder
        self._name, self._offset = "", 0
        if position is not None:
            name, _, offset = position.partition(":")
            self._name, self._offset = name, int(offset)
        elif names := self._names():
            self._name = names[-1]
            self._offset = _even((folder / self._name).stat().st_size)

    @property
    def position(self) -> str:
        """Where the next read begins."""
        return f"{self._name}:{self._offset}"

    def read(self) -> list[JournalLine]:
        """Returns the whole lines added since the last call, over all days."""
        lines: list[JournalLine] = []
        for name in self._names():
            if name < self._name:
                continue
            if name > self._name:
                self._name, self._offset = name, 0
            lines.extend(self._read_file())
        return lines

    def _names(self) -> list[str]:
        try:
            return sorted(found.name for found in self._folder.iterdir() if _FILE_NAME.fullmatch(found.name))
        except OSError:
            return []

    def _read_file(self) -> list[JournalLine]:
        day = datetime.strptime(self._name[:8], "%Y%m%d").replace(tzinfo=UTC).date()
        path = self._folder / self._name
        lines: list[JournalLine] = []
        try:
            with path.open("rb") as stream:
                if path.stat().st_size < self._offset:
                    self._offset = 0
                stream.seek(self._offset)
                while data := stream.read(_MAX_READ):
                    whole = _whole_lines(data)
                    if not whole:
                        break
                    self._offset += whole
                    stream.seek(self._offset)
                    lines.extend(_parse(data[:whole], day))
        except OSError:
            pass  # locked for a moment; the next read goes on from here
        return lines


def parse_line(line: str, day: date) -> JournalLine | None:
    """Reads one line of a journal of that day; None for what is not one."""
    columns = line.lstrip("\ufeff").split("\t", 4)
    if len(columns) != 5:
        return None
    _, severity, clock, source, message = columns
    try:
        at = datetime.combine(day, time.fromisoformat(clock)).astimezone(UTC)
    except ValueError:
        return None
    return JournalLine(at=at, level=_LEVELS.get(severity, "info"), source=source, message=message)


def expert_of(line: JournalLine) -> ExpertOnChart | None:
    """Returns the EA a line comes from, or is about."""
    found = _ABOUT.search(line.message) if line.source == EXPERTS else _OWN.match(line.source)
    if found is None:
        return None
    return ExpertOnChart(name=found["name"], symbol=found["symbol"], timeframe=found["timeframe"])


def _parse(data: bytes, day: date) -> list[JournalLine]:
    parsed = (parse_line(line, day) for line in re.split("\r?\n", data.decode("utf-16-le", errors="replace")))
    return [line for line in parsed if line is not None]


def _whole_lines(data: bytes) -> int:
    """Length of the leading part that ends with a line end on an even offset."""
    at = len(data)
    while (at := data.rfind(_LINE_END, 0, at)) >= 0:
        if at % 2 == 0:
            return at + 2
        at += 1
    return 0


def _even(offset: int) -> int:
    return offset - offset % 2

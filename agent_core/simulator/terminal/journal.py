"""The terminal's journals: logs/YYYYMMDD.log and MQL5/Logs/YYYYMMDD.log, in the language of its window."""

import random
import re
import string
from datetime import datetime
from pathlib import Path

INFO, WARNING, ERROR = 0, 2, 3

#: Words of another language. Which ones matters less than that they are not the English ones.
_GERMAN: tuple[tuple[str, str], ...] = (
    (r"expert (.+) loaded successfully", r"Experte \1 erfolgreich geladen"),
    (r"expert (.+) removed", r"Experte \1 entfernt"),
    (r"initializing of (.+) failed with code (\d+)", r"Initialisierung von \1 fehlgeschlagen mit Code \2"),
    (r"loading of expert (.+) failed: .+", r"Laden des Experten \1 fehlgeschlagen"),
    (r"automated trading is enabled", "automatischer Handel ist eingeschaltet"),
    (r"automated trading is disabled", "automatischer Handel ist ausgeschaltet"),
    (r"('\d+'): authorized on (.+) through .+", r"\1: angemeldet bei \2"),
    (r"('\d+'): trading has been enabled - .+", r"\1: Handel freigegeben"),
    (r"exit with code (\d+)", r"beendet mit Code \1"),
    (r"shutdown with (\d+)", r"heruntergefahren mit \1"),
)


class Journal:
    """Appends lines to a day's file: UTF-16LE with BOM, CRLF, tabs between columns, local time."""

    def __init__(self, folder: Path, language: str = "English") -> None:
        self._folder = folder
        self.language = language

    def write(self, source: str, message: str, severity: int = INFO) -> None:
        """Appends a line; what the terminal itself says is in its language."""
        for pattern, words in _GERMAN if self.language == "German" else ():
            message = re.sub(f"^{pattern}$", words, message)
        now = datetime.now().astimezone()
        path = self._folder / f"{now:%Y%m%d}.log"
        letters = "".join(random.choices(string.ascii_uppercase, k=2))  # noqa: S311 - decoration of a log line
        time = f"{now:%H:%M:%S}.{now.microsecond // 1000:03d}"
        line = f"{letters}\t{severity}\t{time}\t{source}\t{message}\r\n".encode("utf-16-le", errors="replace")
        with path.open("ab") as file:
            file.write(line if file.tell() else b"\xff\xfe" + line)

"""The terminal's journals: logs/YYYYMMDD.log and MQL5/Logs/YYYYMMDD.log."""

import random
import string
from datetime import datetime
from pathlib import Path

INFO, WARNING, ERROR = 0, 2, 3


class Journal:
    """Appends lines to a day's file: UTF-16LE with BOM, CRLF, tabs between columns, local time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, source: str, message: str, severity: int = INFO) -> None:
        """Appends a line."""
        now = datetime.now().astimezone()
        path = self._folder / f"{now:%Y%m%d}.log"
        letters = "".join(random.choices(string.ascii_uppercase, k=2))  # noqa: S311 - decoration of a log line
        time = f"{now:%H:%M:%S}.{now.microsecond // 1000:03d}"
        line = f"{letters}\t{severity}\t{time}\t{source}\t{message}\r\n".encode("utf-16-le", errors="replace")
        with path.open("ab") as file:
            file.write(line if file.tell() else b"\xff\xfe" + line)

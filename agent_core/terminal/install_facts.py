"""What a terminal's data folder tells while the terminal is closed: its build and the account it logs in to."""

import re
from contextlib import suppress
from pathlib import Path

_BUILD = re.compile(r"\tTerminal\t.*\bbuild (\d{3,5})\b")
_JOURNAL = re.compile(r"\d{8}\.log", re.IGNORECASE)
#: Journals are read from their beginning: the terminal names its build when it starts.
_JOURNAL_BYTES = 200_000
_JOURNALS = 5


def build_of(data_folder: Path) -> int | None:
    """The build that the newest journals name; None where they name none."""
    folder = data_folder / "logs"
    with suppress(OSError):
        names = sorted((path for path in folder.iterdir() if _JOURNAL.fullmatch(path.name)), reverse=True)
        for path in names[:_JOURNALS]:
            with path.open("rb") as file:
                builds = _BUILD.findall(_text(file.read(_JOURNAL_BYTES)))
            if builds:
                return int(builds[-1])
    return None


def account_of(data_folder: Path) -> tuple[int, str] | None:
    """Number and server of the account that the terminal logs in to at its start, by its common.ini."""
    with suppress(OSError, ValueError):
        section, found = "", {}
        for line in _text((data_folder / "config" / "common.ini").read_bytes()).splitlines():
            if line.startswith("["):
                section = line.strip().lower()
            elif section == "[common]" and "=" in line:
                key, value = line.split("=", 1)
                found[key.strip().lower()] = value.strip()
        return (int(found["login"]), found.get("server", "")) if found.get("login") else None
    return None


def _text(data: bytes) -> str:
    encoding = "utf-16-le" if data.startswith(b"\xff\xfe") else "utf-8"
    return data.decode(encoding, errors="replace").lstrip("\ufeff")

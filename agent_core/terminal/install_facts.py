"""What a terminal's data folder tells while the terminal is closed: its build and the account it logs in to."""

import re
from contextlib import suppress
from pathlib import Path

from agent_core.terminal.text_files import decode, ini_value, read_text

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
                builds = _BUILD.findall(decode(file.read(_JOURNAL_BYTES)))
            if builds:
                return int(builds[-1])
    return None


def account_of(data_folder: Path) -> tuple[int, str] | None:
    """Number and server of the account that the terminal logs in to at its start, by its common.ini."""
    with suppress(OSError, ValueError):
        text = read_text(data_folder / "config" / "common.ini")
        login = ini_value(text, "Common", "Login")
        return (int(login), ini_value(text, "Common", "Server") or "") if login else None
    return None

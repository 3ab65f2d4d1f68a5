"""The trader's journal: notes, tags and pictures of trades, kept on this computer for each account."""

import logging
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from PySide6.QtCore import QObject, Signal

from agent_core.replacing import move_over
from agent_core.terminal.models import Account

log = logging.getLogger(__name__)

MOMENTS = ("entry", "exit")


class JournalEntry(BaseModel):
    """What the trader wrote about one position; its pictures lie beside the file."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    note: str = ""
    tags: list[str] = Field(default_factory=list)


_ENTRIES = TypeAdapter(dict[int, JournalEntry])
_NOTHING = JournalEntry()


class Journal(QObject):
    """Entries of the account that is open, by the position's number.

    Signals:
        changed: Another account is open, or an entry or picture is new.
    """

    changed = Signal()

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._root = folder / "journal"
        self._folder: Path | None = None
        self._entries: dict[int, JournalEntry] = {}

    def open(self, account: Account | None) -> None:
        """Opens an account's journal."""
        name = f"{account.login} {_plain(account.server)}" if account is not None else ""
        folder = self._root / name if name else None
        if folder == self._folder:
            return
        self._folder = folder
        self.reload()

    def reload(self) -> None:
        """Reads the entries again, which another page may have written; unreadable ones are put aside, not lost."""
        self._entries = self._read()
        self.changed.emit()

    def entry(self, position: int) -> JournalEntry:
        """Returns what is written about a position; an empty entry where nothing is."""
        return self._entries.get(position, _NOTHING)

    def write(self, position: int, *, note: str, tags: list[str]) -> None:
        """Keeps note and tags of a position; empty ones take the entry away.

        Raises:
            OSError: the file can't be written.
        """
        entry = JournalEntry(note=note, tags=tags)
        if self._folder is None or entry == self.entry(position):
            return
        entries = {**self._read(), position: entry}
        if entry == _NOTHING:
            del entries[position]
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / "entries.json"
        draft = path.with_suffix(".tmp")
        draft.write_bytes(_ENTRIES.dump_json(entries, indent=1))
        move_over(draft, path)
        self._entries = entries
        self.changed.emit()

    def _read(self) -> dict[int, JournalEntry]:
        if self._folder is None:
            return {}
        path = self._folder / "entries.json"
        try:
            return _ENTRIES.validate_json(path.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValidationError) as error:
            log.warning("The journal %s can't be read, it is put aside: %s", path, error)
            path.replace(path.with_suffix(".unreadable.json"))
            return {}

    def picture_path(self, position: int, moment: str) -> Path | None:
        """Returns where the picture of a position's "entry" or "exit" belongs; None without an account."""
        return self._folder / f"{position}-{moment}.png" if self._folder is not None else None

    def pictures(self, position: int) -> dict[str, Path]:
        """Returns the pictures there are, by moment."""
        paths = {moment: self.picture_path(position, moment) for moment in MOMENTS}
        return {moment: path for moment, path in paths.items() if path is not None and path.is_file()}


def tags_of(text: str) -> list[str]:
    """Reads tags as they are typed, separated by commas or `#`; each one once."""
    parts = (part.strip() for part in text.replace("#", ",").split(","))
    return list(dict.fromkeys(part for part in parts if part))


def _plain(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in name)

"""Changes to a terminal's files that can be taken back, without touching what was changed since."""

import hashlib
import shutil
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, RootModel

from agent_core.ea.files import replace_file

_INDEX = "files.json"


class _Kept(BaseModel):
    """One file: name of its kept original (None where there was none), hash of what was written over it."""

    original: str | None
    written: str


class _Index(RootModel[dict[str, _Kept]]):
    root: dict[str, _Kept] = {}


class FileBackup:
    """One folder of kept originals.

    Every change goes through `write`, which keeps the original first; `undo` puts back what still is as it was
    written, and removes what was not there before. A crash between two writes loses nothing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        index = folder / _INDEX
        self._index = _Index.model_validate_json(index.read_bytes()).root if index.exists() else {}

    @classmethod
    def begin(cls, root: Path) -> "FileBackup":
        """Makes a new, empty backup below `root`."""
        folder = root / datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
        folder.mkdir(parents=True)
        return cls(folder)

    @classmethod
    def all(cls, root: Path) -> "list[FileBackup]":
        """Returns the backups that hold anything, the newest first."""
        return [cls(index.parent) for index in sorted(root.glob(f"*/{_INDEX}"), reverse=True)]

    def write(self, path: Path, data: bytes) -> None:
        """Replaces a file, after its original has been kept.

        Raises:
            OSError: a folder can't be written.
        """
        if path.exists() and path.read_bytes() == data:
            return
        kept = self._index.get(str(path))
        original = kept.original if kept else self._keep(path)
        self._index[str(path)] = _Kept(original=original, written=_sha256(data))
        replace_file(self._folder / _INDEX, _Index(self._index).model_dump_json(indent=2).encode())
        replace_file(path, data)

    def original(self, path: Path) -> bytes | None:
        """Returns what a file held before, None where it was not there or was not changed."""
        kept = self._index.get(str(path))
        return (self._folder / kept.original).read_bytes() if kept and kept.original else None

    def undo(self) -> None:
        """Puts every file back that nobody changed since, and forgets the backup.

        Raises:
            OSError: a folder can't be written.
        """
        for name, kept in self._index.items():
            path = Path(name)
            if not path.exists() or _sha256(path.read_bytes()) != kept.written:
                continue
            if kept.original is None:
                path.unlink()
            else:
                replace_file(path, (self._folder / kept.original).read_bytes())
        shutil.rmtree(self._folder)

    def _keep(self, path: Path) -> str | None:
        if not path.exists():
            return None
        kept = f"{len(self._index)}_{path.name}"
        shutil.copy2(path, self._folder / kept)
        return kept


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()

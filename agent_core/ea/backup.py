"""Changes to a terminal's files that can be taken back as a whole."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

from agent_core.ea.files import replace_file

_INDEX = "files.json"


class FileBackup:
    """One folder of kept originals.

    Every change goes through `write`, which keeps the original first; `undo` puts all of them back, and removes what
    was not there before. A crash between two writes loses nothing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._index: dict[str, str | None] = {}
        index = folder / _INDEX
        if index.exists():
            self._index = json.loads(index.read_text(encoding="utf-8"))

    @classmethod
    def begin(cls, root: Path) -> "FileBackup":
        """Makes a new, empty backup below `root`."""
        folder = root / datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
        folder.mkdir(parents=True)
        return cls(folder)

    @classmethod
    def latest(cls, root: Path) -> "FileBackup | None":
        """Returns the newest backup that holds anything."""
        folders = sorted((index.parent for index in root.glob(f"*/{_INDEX}")), reverse=True)
        return cls(folders[0]) if folders else None

    def write(self, path: Path, data: bytes) -> None:
        """Replaces a file, after its original has been kept.

        Raises:
            OSError: a folder can't be written.
        """
        if path.exists() and path.read_bytes() == data:
            return
        self._keep(path)
        replace_file(path, data)

    def undo(self) -> None:
        """Puts every file back as it was and forgets the backup.

        Raises:
            OSError: a folder can't be written.
        """
        for name, kept in self._index.items():
            if kept is None:
                Path(name).unlink(missing_ok=True)
            else:
                replace_file(Path(name), (self._folder / kept).read_bytes())
        shutil.rmtree(self._folder)

    def _keep(self, path: Path) -> None:
        if str(path) in self._index:
            return
        kept: str | None = None
        if path.exists():
            kept = f"{len(self._index)}_{path.name}"
            shutil.copy2(path, self._folder / kept)
        self._index[str(path)] = kept
        replace_file(self._folder / _INDEX, json.dumps(self._index, indent=2).encode())

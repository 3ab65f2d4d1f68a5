"""A lock file that the system releases when its holder dies, however it dies."""

import os
import sys
from pathlib import Path
from typing import IO


class FolderInUseError(RuntimeError):
    """Another program works in this folder."""


class FolderLock:
    """Keeps a folder for one program."""

    def __init__(self, file: Path) -> None:
        self._path = file
        self._file: IO[str] | None = None

    def acquire(self) -> None:
        """Takes the lock.

        Raises:
            FolderInUseError: another program holds it.
        """
        file = self._path.open("a+", encoding="utf-8")
        try:
            _lock(file)
        except OSError:
            file.close()
            raise FolderInUseError(
                f"Another ForexElite cloud works in {self._path.parent}. Stop it or choose another data folder."
            ) from None
        self._file = file

    def release(self) -> None:
        """Gives the lock back."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _lock(file: IO[str]) -> None:
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415

        # A byte far behind the text, because Windows locks are mandatory.
        os.lseek(file.fileno(), 1 << 20, os.SEEK_SET)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl  # noqa: PLC0415

        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)

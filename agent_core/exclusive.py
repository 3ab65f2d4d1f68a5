"""Exclusive use of a folder by one program: an operating system lock that dies with its process."""

import sys
from pathlib import Path
from typing import IO

from agent_core.protocol.errors import ErrorCode, ForexEliteError

if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


def try_lock(path: Path) -> IO[bytes] | None:
    """Locks a file for the life of the returned object; None if another process holds it.

    Raises:
        OSError: the file can't be made.
    """
    file = path.open("ab")
    try:
        _lock(file)
    except OSError:
        file.close()
        return None
    return file


class ExclusiveLock:
    """Holds a lock file from creation until `release` or the end of the process.

    Args:
        path: The lock file; its folder is made where it is missing.
        taken: What the user is told when another program holds it.

    Raises:
        ForexEliteError: another program holds it, or the folder can't be written.
    """

    def __init__(self, path: Path, taken: str) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            file = try_lock(path)
        except OSError as error:
            raise ForexEliteError(
                ErrorCode.INTERNAL_ERROR,
                f"The folder {path.parent} can't be written ({error.strerror}). Give your user write access to it.",
            ) from error
        if file is None:
            raise ForexEliteError(ErrorCode.CONFLICT, taken)
        self._file = file

    def release(self) -> None:
        """Lets others in; harmless when done twice."""
        self._file.close()

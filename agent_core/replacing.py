"""Puts a finished file in the place of another one, also while somebody reads that one."""

import sys
import time
from pathlib import Path

_PATIENCE_SECONDS = 2.0
_STEP_SECONDS = 0.02


def move_over(draft: Path, path: Path) -> None:
    """Renames a file over another one; readers see the old or the new content.

    Windows refuses this as long as another program (the terminal, a virus scanner) has the old file open. They hold it
    for moments, so it is tried again for two seconds.

    Raises:
        OSError: it can't be renamed.
    """
    if sys.platform == "win32":
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                draft.replace(path)
            except PermissionError:
                time.sleep(_STEP_SECONDS)
            else:
                return
    draft.replace(path)

"""Files that are written for the terminal and MetaEditor: sources as they read them, replaced at once."""

import os
from pathlib import Path

from agent_core.replacing import move_over


def source_bytes(source: str) -> bytes:
    """Encodes MQL5 source so that MetaEditor reads every character: UTF-8, marked as such unless it is plain ASCII."""
    return source.encode("utf-8" if source.isascii() else "utf-8-sig")


def replace_file(path: Path, data: bytes) -> None:
    """Writes a file so that a reader sees the old or the new content, never a part of it.

    Raises:
        OSError: the folder can't be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".tmp")
    with draft.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    move_over(draft, path)

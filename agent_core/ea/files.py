"""Text files the terminal and MetaEditor exchange with us: encodings by byte order mark, replaced at once."""

import codecs
import os
from pathlib import Path

from agent_core.replacing import move_over


def read_text(path: Path) -> str:
    """Reads a text file of MetaTrader: UTF-16 or UTF-8 by its byte order mark, else UTF-8, else Windows-1252.

    Raises:
        OSError: the file can't be read.
    """
    return decode(path.read_bytes())


def decode(data: bytes) -> str:
    """Decodes what `read_text` reads. A torn last character is dropped."""
    if data.startswith(codecs.BOM_UTF16_LE):
        return data[2:].decode("utf-16-le", errors="ignore")
    if data.startswith(codecs.BOM_UTF16_BE):
        return data[2:].decode("utf-16-be", errors="ignore")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def utf16(text: str) -> bytes:
    """Encodes text as the terminal writes it: UTF-16LE with byte order mark, CRLF."""
    return codecs.BOM_UTF16_LE + text.replace("\r\n", "\n").replace("\n", "\r\n").encode("utf-16-le")


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

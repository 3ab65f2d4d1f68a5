"""Reading source files: MQL5 files come as UTF-8, UTF-16 or in the PC's ANSI code page."""

import codecs
from pathlib import Path


def decode_source(data: bytes) -> str:
    r"""Decodes an MQL5 file by its byte order mark, else as UTF-8, else as Windows-1252; line ends become `\n`."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = data.decode("utf-16", "replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("cp1252", "replace")
    return normalize_line_ends(text)


def normalize_line_ends(text: str) -> str:
    r"""Returns the text with `\n` as its only line end and without a byte order mark."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def read_source(path: Path) -> str:
    """Reads one MQL5 file.

    Raises:
        OSError: it cannot be read.
    """
    return decode_source(path.read_bytes())

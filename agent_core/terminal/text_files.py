"""MetaTrader's text files: encodings by byte order mark, and the values of its .ini files."""

import codecs
from pathlib import Path


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


def ini_value(text: str, section: str, name: str) -> str | None:
    """Returns a value of an .ini text, or None."""
    inside = False
    for line in text.splitlines():
        if line.strip().startswith("["):
            inside = line.strip().lower() == f"[{section.lower()}]"
        elif inside and line.partition("=")[0].strip().lower() == name.lower():
            return line.partition("=")[2].strip()
    return None


def with_ini_value(text: str, section: str, name: str, value: str | None) -> str:
    """Returns an .ini text with one value set, or taken out (None); everything else stays as it is."""
    lines = text.splitlines()
    header = next((at for at, line in enumerate(lines) if line.strip().lower() == f"[{section.lower()}]"), None)
    start = len(lines) if header is None else header + 1
    end = next((at for at in range(start, len(lines)) if lines[at].strip().startswith("[")), len(lines))
    named = [at for at in range(start, end) if lines[at].partition("=")[0].strip().lower() == name.lower()]
    new = [] if value is None else [f"{name}={value}"]
    if named:
        lines[named[0] : named[0] + 1] = new
    elif new:
        lines[start:start] = new if header is not None else [f"[{section}]", *new]
    return "\n".join(lines) + "\n"

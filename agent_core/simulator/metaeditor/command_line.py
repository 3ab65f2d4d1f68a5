"""MetaEditor's command line, with its quirks."""

import sys
from dataclasses import dataclass
from pathlib import Path

if sys.platform == "win32":
    import ctypes

    def raw_switches(arguments: list[str]) -> list[str]:
        """Switches as they were written: Python's own arguments have lost their quotes."""
        del arguments
        get_command_line = ctypes.windll.kernel32.GetCommandLineW
        get_command_line.restype = ctypes.c_wchar_p
        line = str(get_command_line())
        end = line.lower().find("metaeditor64.exe") + len("metaeditor64.exe")
        return split_switches(line[end:].removeprefix('"'))
else:

    def raw_switches(arguments: list[str]) -> list[str]:
        """Switches as they were written; each argument is one, quotes included."""
        return arguments


@dataclass(frozen=True, slots=True)
class CompileCommand:
    """What to do.

    Attributes:
        target: The file or folder to compile.
        log: Where the log goes: None nowhere, "" beside the source.
        include: Replaces the MQL5 folder in which `<...>` is looked up.
        syntax_only: Whether to write no program.
        portable: Whether the install folder is the data folder.
    """

    target: Path
    log: str | None
    include: Path | None
    syntax_only: bool
    portable: bool


def split_switches(line: str) -> list[str]:
    """Splits a command line at spaces outside quotes; quotes stay."""
    switches: list[str] = []
    current, quoted = "", False
    for character in line:
        quoted ^= character == '"'
        if character.isspace() and not quoted:
            switches.append(current)
            current = ""
        else:
            current += character
    switches.append(current)
    return [switch for switch in switches if switch]


def parse_switches(switches: list[str]) -> CompileCommand | None:
    """Reads the switches; None where MetaEditor would not understand them and quietly do nothing.

    Quotes belong after the colon. A switch quoted as a whole, or a path with spaces and no quotes, is not understood.
    """
    values: dict[str, str | None] = {}
    for switch in switches:
        name, colon, text = switch.partition(":")
        if not name.startswith("/"):
            return None
        quoted = len(text) >= 2 and text.startswith('"') and text.endswith('"')
        if colon and not quoted and (any(c.isspace() for c in text) or '"' in text):
            return None
        values[name.lower()] = text.strip('"') if colon else None
    target = values.get("/compile")
    if not target:
        return None
    include = values.get("/include") or values.get("/inc")
    return CompileCommand(
        target=Path(target),
        log=(values["/log"] or "") if "/log" in values else None,
        include=Path(include) if include else None,
        syntax_only="/s" in values,
        portable="/portable" in values,
    )

"""Finds the terminals of this computer: by their data folders, in search folders, among running programs."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from agent_core.terminal.models import TerminalInstall

EXECUTABLE = "terminal64.exe"


def find_installs(roaming_folder: Path, search_folders: Iterable[Path] = ()) -> list[TerminalInstall]:
    """Returns every terminal found, running ones first, then by name.

    Args:
        roaming_folder: Folder that holds `MetaQuotes/Terminal/<id>` (%APPDATA%).
        search_folders: Folders that are, or directly hold, portable installs.
    """
    running = _running_executables()
    found: dict[str, TerminalInstall] = {}
    for executable, data_folder in _of_data_folders(roaming_folder):
        found[_key(executable)] = _install(executable, data_folder, running, portable=False)
    candidates = [*_portable_candidates(search_folders), *(path.parent for path in running.values())]
    for folder in candidates:
        executable = folder / EXECUTABLE
        if _key(executable) not in found and executable.is_file() and (folder / "MQL5").is_dir():
            found[_key(executable)] = _install(executable, folder, running, portable=True)
    return sorted(found.values(), key=lambda install: (not install.running, install.name.lower()))


def is_running(executable: Path) -> bool:
    """Whether a process of this terminal runs now."""
    return _key(executable) in _running_executables()


def same_path(one: Path, other: Path) -> bool:
    """Whether two paths name the same folder, whatever their case or links."""
    return _key(one) == _key(other)


def read_origin(path: Path) -> str | None:
    """Returns the install folder that an origin.txt (UTF-16 with BOM) holds; None if it can't be read."""
    try:
        data = path.read_bytes()
        text = data.decode("utf-16") if data[:2] in (b"\xff\xfe", b"\xfe\xff") else data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return None
    return text.strip("\x00\r\n\t ") or None


def _of_data_folders(roaming_folder: Path) -> Iterator[tuple[Path, Path]]:
    for data_folder in _folders_in(roaming_folder / "MetaQuotes" / "Terminal"):
        if not (data_folder / "MQL5").is_dir():
            continue
        origin = read_origin(data_folder / "origin.txt")
        if origin is not None and (Path(origin) / EXECUTABLE).is_file():
            yield Path(origin) / EXECUTABLE, data_folder


def _portable_candidates(search_folders: Iterable[Path]) -> Iterator[Path]:
    for folder in search_folders:
        yield folder
        yield from _folders_in(folder)


def _folders_in(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_dir())
    except OSError:
        return []


def _install(executable: Path, data_folder: Path, running: dict[str, Path], *, portable: bool) -> TerminalInstall:
    return TerminalInstall(executable, data_folder, portable, _key(executable) in running, executable.parent.name)


def running_programs() -> Iterator[tuple[str, ...]]:
    """Yields for each process its arguments, then the path of its program, as far as the system tells them."""
    for process in psutil.process_iter():
        words: list[str] = []
        # A process that has just ended, or another user's, tells less or nothing.
        with suppress(psutil.Error, OSError):
            words += process.cmdline()
        with suppress(psutil.Error, OSError):
            words.append(process.exe())
        yield tuple(filter(None, words))


def _running_executables() -> dict[str, Path]:
    """Executables of running terminals. Under Wine the program is an argument of its loader, so arguments count."""
    running: dict[str, Path] = {}
    for words in running_programs():
        for text in words:
            if text.lower().endswith(EXECUTABLE):
                running[_key(Path(text))] = Path(text)
    return running


def _key(path: Path) -> str:
    return os.path.normcase(os.path.realpath(path))

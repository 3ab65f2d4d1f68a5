"""Finds the terminals of this computer: by their data folders, where programs are installed, among running ones."""

import hashlib
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from agent_core.terminal.install_facts import account_of, build_of
from agent_core.terminal.models import TerminalInstall
from agent_core.terminal.places import program_folders
from agent_core.terminal.wine import WinePrefix, is_windows_path, usual_prefixes, wine_prefixes

EXECUTABLE = "terminal64.exe"
_TERMINALS = Path("MetaQuotes", "Terminal")


def find_installs(
    roaming_folder: Path, search_folders: Iterable[Path] = (), *, whole_computer: bool = False
) -> list[TerminalInstall]:
    """Returns every terminal found, running ones first, then by name.

    Args:
        roaming_folder: Folder that holds `MetaQuotes/Terminal/<id>` (%APPDATA%).
        search_folders: Folders that are, or directly hold, installs; or Wine prefixes.
        whole_computer: Also looks among running programs, where programs are installed, and in Wine's usual prefixes.
    """
    folders = list(search_folders)
    search = _Search(roaming_folder)
    if sys.platform != "win32":
        for prefix in wine_prefixes([*folders, *(usual_prefixes() if whole_computer else [])]):
            search.look_in_prefix(prefix)
    search.look_in(None, roaming_folder, folders)
    if whole_computer:
        search.look_in_running()
        search.look_in(None, roaming_folder, program_folders())
    return sorted(search.found.values(), key=lambda install: (not install.running, install.name.lower()))


def is_running(executable: Path) -> bool:
    """Whether a process of this terminal runs now."""
    return bool(processes_of(executable))


def processes_of(executable: Path) -> set[int]:
    """Ids of the processes of this terminal."""
    return {terminal.pid for terminal in running_terminals() if same_path(terminal.executable, executable)}


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


def data_folder_name(install_folder: str) -> str:
    """Name of the data folder of an install, as MetaTrader forms it from the folder's path."""
    return hashlib.md5(install_folder.upper().encode("utf-16-le"), usedforsecurity=False).hexdigest().upper()


def running_copies(install: TerminalInstall, executable: Path) -> list[psutil.Process]:
    """Processes that run a program of an installation. Behind a launcher, and under Wine, it is one of the words."""
    name = executable.name.lower()
    return [
        process
        for process in psutil.process_iter()
        if any(word.lower().endswith(name) and same_path(install.located(word), executable) for word in _words(process))
    ]


@dataclass(frozen=True, slots=True)
class RunningTerminal:
    """A terminal's process."""

    pid: int
    executable: Path
    portable: bool
    prefix: WinePrefix | None


def running_terminals() -> Iterator[RunningTerminal]:
    """Yields the running terminals. Under Wine the program is an argument of its loader, so arguments count."""
    for process in psutil.process_iter():
        words = _words(process)
        word = next((word for word in words if word.lower().endswith(EXECUTABLE)), None)
        if word is None:
            continue
        portable = any(word.lower() == "/portable" for word in words)
        prefix = None
        if sys.platform != "win32" and is_windows_path(word):
            with suppress(psutil.Error, OSError):
                prefix = WinePrefix(Path(process.environ().get("WINEPREFIX", str(Path.home() / ".wine"))).resolve())
        yield RunningTerminal(process.pid, Path(word) if prefix is None else prefix.unix(word), portable, prefix)


class _Search:
    """One search; a data folder is found once."""

    def __init__(self, roaming_folder: Path) -> None:
        self._roaming = roaming_folder
        self._running = list(running_terminals())
        self.found: dict[str, TerminalInstall] = {}

    def look_in_prefix(self, prefix: WinePrefix) -> None:
        """Looks in a Wine prefix: its users' data folders and its program folders."""
        drive = prefix.folder / "drive_c"
        for roaming in sorted(drive.glob("users/*/AppData/Roaming")):
            self.look_in(prefix, roaming, [])
        programs = [*drive.glob("Program Files*"), drive]
        for roaming in sorted(drive.glob(f"users/*/AppData/Roaming/{_TERMINALS}")):
            self.look_in(prefix, roaming.parent.parent, programs)
        self.look_in(prefix, None, programs)

    def look_in(self, prefix: WinePrefix | None, roaming: Path | None, folders: Iterable[Path]) -> None:
        """Looks among the data folders of a user, then for installs in folders."""
        if roaming is not None:
            for executable, data_folder in _of_data_folders(roaming, prefix):
                self._add(executable, data_folder, prefix, portable=False)
        for candidate in _candidates(folders):
            self._add_install(candidate / EXECUTABLE, prefix, roaming)

    def look_in_running(self) -> None:
        """Adds terminals that run, wherever they lie."""
        for terminal in self._running:
            self._add_install(terminal.executable, terminal.prefix, None)

    def _add_install(self, executable: Path, prefix: WinePrefix | None, roaming: Path | None) -> None:
        """Adds an install: a portable one has its data beside it, another one in the user's folder, once started."""
        if not executable.is_file():
            return
        folder = executable.parent
        if (folder / "MQL5").is_dir():
            self._add(executable, folder, prefix, portable=True)
        elif roaming is not None and not self._knows(executable):
            name = data_folder_name(str(folder) if prefix is None else prefix.windows(folder))
            self._add(executable, roaming / _TERMINALS / name, prefix, portable=False)

    def _knows(self, executable: Path) -> bool:
        return any(_key(install.executable) == _key(executable) for install in self.found.values())

    def _add(self, executable: Path, data_folder: Path, prefix: WinePrefix | None, *, portable: bool) -> None:
        running = [terminal for terminal in self._running if _key(terminal.executable) == _key(executable)]
        # Where both kinds of data are there, the way it was started tells which ones it uses.
        if running and self._knows(executable):
            if portable is not any(terminal.portable for terminal in running):
                return
            self.found = {
                key: install for key, install in self.found.items() if _key(install.executable) != _key(executable)
            }
        account = account_of(data_folder)
        self.found.setdefault(
            _key(data_folder),
            TerminalInstall(
                executable, data_folder, portable, bool(running), executable.parent.name,
                build=build_of(data_folder), login=account[0] if account else None,
                server=account[1] if account else "", wine_prefix=None if prefix is None else prefix.folder,
            ),
        )  # fmt: skip


def _of_data_folders(roaming_folder: Path, prefix: WinePrefix | None) -> Iterator[tuple[Path, Path]]:
    for data_folder in _folders_in(roaming_folder / _TERMINALS):
        if not (data_folder / "MQL5").is_dir():
            continue
        origin = read_origin(data_folder / "origin.txt")
        if origin is not None:
            folder = Path(origin) if prefix is None else prefix.unix(origin)
            if (folder / EXECUTABLE).is_file():
                yield folder / EXECUTABLE, data_folder


def _candidates(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        yield folder
        yield from _folders_in(folder)


def _folders_in(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_dir())
    except OSError:
        return []


def _words(process: psutil.Process) -> tuple[str, ...]:
    """The arguments of a process, then the path of its program, as far as the system tells them."""
    words: list[str] = []
    # A process that has just ended, or another user's, tells less or nothing.
    with suppress(psutil.Error, OSError):
        words += process.cmdline()
    with suppress(psutil.Error, OSError):
        words.append(process.exe())
    return tuple(filter(None, words))


def _key(path: Path) -> str:
    return os.path.normcase(os.path.realpath(path))

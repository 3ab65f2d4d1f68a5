"""Where an installation of the simulated terminal keeps its files, by MetaTrader's own rules."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

TERMINAL_EXE = "terminal64.exe"
METAEDITOR_EXE = "metaeditor64.exe"
INSTALL_FOLDER = ("Program Files", "MetaTrader 5")
ROAMING_FOLDER = ("AppData", "Roaming")

_FOLDERS = (
    "MQL5/Experts", "MQL5/Indicators", "MQL5/Scripts", "MQL5/Services", "MQL5/Include", "MQL5/Libraries", "MQL5/Files",
    "MQL5/Presets", "MQL5/Logs", "MQL5/Images", "MQL5/Profiles/Charts/Default", "MQL5/Profiles/Templates",
    "MQL5/Profiles/Tester", "MQL5/Profiles/SymbolSets", "config", "logs", "bases", "Tester/logs", "Tester/cache",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Layout:
    """Paths of one terminal: its executable and its data folder."""

    executable: Path
    data: Path
    common: Path

    @property
    def mql5(self) -> Path:
        """The data folder's `MQL5`."""
        return self.data / "MQL5"

    @property
    def ipc_file(self) -> Path:
        """Says where the running terminal listens: JSON with port and key."""
        return self.data / "config" / "ipc.json"

    @property
    def lock_file(self) -> Path:
        """Held locked by the one terminal process that runs on this data folder."""
        return self.data / "config" / "terminal.lock"

    @property
    def options_file(self) -> Path:
        """What the simulation was installed with."""
        return self.data / "config" / "simulator.json"

    @property
    def account_file(self) -> Path:
        """The trade server's books."""
        return self.data / "bases" / "trade.sqlite"

    def create(self) -> None:
        """Creates the folders of a data folder and its origin.txt; harmless on an existing one."""
        for name in _FOLDERS:
            (self.data / name).mkdir(parents=True, exist_ok=True)
        (self.common / "Files").mkdir(parents=True, exist_ok=True)
        if self.data != self.executable.parent:
            (self.data / "origin.txt").write_bytes(utf16(str(self.executable.parent)))
        for name in ("terminal.ini", "accounts.dat", "servers.dat"):
            (self.data / "config" / name).touch()


def utf16(text: str) -> bytes:
    """Text as the terminal writes it: UTF-16LE with a byte order mark."""
    return b"\xff\xfe" + text.encode("utf-16-le")


def folder_hash(install_folder: Path) -> str:
    """Name of the data folder of an installation: MD5 of the upper-cased path in UTF-16LE."""
    return hashlib.md5(str(install_folder).upper().encode("utf-16-le"), usedforsecurity=False).hexdigest().upper()


def layout_of_root(root: Path) -> Layout:
    """The terminal installed under a root folder that stands for drive and profile."""
    return layout_of_executable(root.resolve().joinpath(*INSTALL_FOLDER, TERMINAL_EXE))


def layout_of_executable(executable: Path, *, portable: bool = False) -> Layout:
    """The terminal that belongs to an executable; a portable one keeps its data beside it."""
    executable = executable.resolve()
    folder = executable.parent
    roaming = folder.parent.parent.joinpath(*ROAMING_FOLDER, "MetaQuotes", "Terminal")
    data = folder if portable else roaming / folder_hash(folder)
    return Layout(executable=executable, data=data, common=roaming / "Common")

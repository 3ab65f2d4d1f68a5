"""MetaTrader under Wine: the two spellings of a path, and what starts a Windows program there."""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

_DRIVE = re.compile(r"[A-Za-z]:[\\/]")


def is_windows_path(text: str) -> bool:
    """Whether a text is a path with a drive letter."""
    return _DRIVE.match(text) is not None


@dataclass(frozen=True, slots=True)
class WinePrefix:
    """One Wine prefix: a Windows of its own in a folder."""

    folder: Path

    @property
    def launcher(self) -> tuple[str, ...]:
        """What is put before a Windows program."""
        return ("env", f"WINEPREFIX={self.folder}", "wine")

    def unix(self, windows: str) -> Path:
        """Where a Windows path lies; upper and lower case don't matter."""
        path = PureWindowsPath(windows)
        found = self._drive(path.drive.lower())
        for part in path.parts[1:]:
            found = _child(found, part)
        return found

    def windows(self, path: Path) -> str:
        r"""How a program in the prefix spells a path; what lies on none of its drives is on Z:."""
        real = path.resolve()
        for letter, folder in self._drives():
            if real.is_relative_to(folder):
                return str(PureWindowsPath(f"{letter}\\", *real.relative_to(folder).parts))
        return str(PureWindowsPath("z:\\", *real.parts[1:]))

    def _drive(self, letter: str) -> Path:
        return next((folder for name, folder in self._drives() if name == letter), Path("/"))

    def _drives(self) -> list[tuple[str, Path]]:
        """Letters and folders, the deepest folder first."""
        links = self.folder / "dosdevices"
        found = {"c:": (self.folder / "drive_c").resolve()}
        if links.is_dir():
            found |= {link.name.lower(): link.resolve() for link in links.iterdir() if len(link.name) == len("c:")}
        return sorted(found.items(), key=lambda drive: -len(drive[1].parts))


def usual_prefixes() -> list[Path]:
    """Folders that usually are prefixes: the one in use, Wine's own, and that of MetaTrader's installer for Linux."""
    home = Path.home()
    return [Path(os.environ.get("WINEPREFIX", home / ".wine")), home / ".wine", home / ".mt5"]


def wine_prefixes(folders: Iterable[Path]) -> Iterator[WinePrefix]:
    """Yields the prefixes among some folders."""
    for folder in dict.fromkeys(folders):
        if (folder / "drive_c").is_dir():
            yield WinePrefix(folder.resolve())


def _child(folder: Path, name: str) -> Path:
    exact = folder / name
    if exact.exists() or not folder.is_dir():
        return exact
    return next((path for path in folder.iterdir() if path.name.lower() == name.lower()), exact)

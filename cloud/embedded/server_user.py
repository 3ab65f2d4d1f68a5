"""Postgres refuses to run as root. Started as root, its files and processes get an existing unprivileged user."""

import hashlib
import os
import shutil
import stat
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloud.embedded.state import SECRETS_FILE

#: Where the server's files go when root's data folder lies where the unprivileged user can't go, such as /root.
SHARED_FOLDER = Path("/var/lib/forexelite-pro")
_CANDIDATES = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class ServerUser:
    """The user the server runs as; `name` is None for the user we are."""

    name: str | None = None
    uid: int = -1
    gid: int = -1

    @classmethod
    def choose(cls) -> "ServerUser":
        """The current user, or for root the first of `postgres`, `nobody` that exists.

        Raises:
            RuntimeError: we are root and neither exists.
        """
        if sys.platform != "win32" and os.geteuid() == 0:
            return cls._unprivileged()
        return cls()

    @classmethod
    def _unprivileged(cls) -> "ServerUser":
        if sys.platform != "win32":
            import pwd  # noqa: PLC0415  (does not exist on Windows)

            known = {entry.pw_name: entry for entry in pwd.getpwall()}
            for name in _CANDIDATES:
                if entry := known.get(name):
                    return cls(name, entry.pw_uid, entry.pw_gid)
        raise RuntimeError("Postgres can't run as root and there is no user postgres or nobody. Start as another user.")

    @property
    def process_options(self) -> dict[str, Any]:
        """Options of `subprocess` that start a program as this user."""
        return {} if self.name is None else {"user": self.uid, "group": self.gid, "extra_groups": []}

    def give(self, path: Path) -> None:
        """Makes this user the owner of a file or folder."""
        if self.name is not None and sys.platform != "win32":
            os.chown(path, self.uid, self.gid)

    def can_enter(self, folder: Path) -> bool:
        """Whether this user gets into a folder: it and all its parents must let them through."""
        return self.name is None or all(self._passes(path) for path in [folder, *folder.parents])

    def _passes(self, folder: Path) -> bool:
        info = folder.stat()
        if info.st_uid == self.uid:
            return bool(info.st_mode & stat.S_IXUSR)
        return bool(info.st_mode & (stat.S_IXGRP if info.st_gid == self.gid else stat.S_IXOTH))


def server_home(folder: Path, cluster_id: str, user: ServerUser) -> Path:
    """The folder of the server's own files, made for its user: inside the data folder wherever that works."""
    home = folder / "postgres"
    if not user.can_enter(folder):
        _remove_orphans()
        home = SHARED_FOLDER / cluster_id
        SHARED_FOLDER.mkdir(mode=0o755, exist_ok=True)
    home.mkdir(mode=0o700, exist_ok=True)
    user.give(home)
    if home.parent == SHARED_FOLDER:
        (home / "origin").write_text(str(folder), "utf-8")
    return home


def reachable_binaries(binaries: Path, user: ServerUser) -> Path:
    """The folder of the server's programs, copied once to where its user can go, if need be."""
    if user.can_enter(binaries):
        return binaries
    install = binaries.parent
    name = "programs-" + hashlib.sha256(str(binaries).encode()).hexdigest()[:16]
    copy = SHARED_FOLDER / name
    if not copy.exists():
        SHARED_FOLDER.mkdir(mode=0o755, exist_ok=True)
        temporary = SHARED_FOLDER / f"{name}.{os.getpid()}"
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.copytree(install, temporary / install.parent.name / install.name, symlinks=True)
        # A Python package keeps the shared libraries of its programs beside itself.
        libraries = install.parent.with_name(f"{install.parent.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, temporary / libraries.name)
        _open_to_all(temporary)
        try:
            temporary.rename(copy)
        except OSError:  # another start was faster
            shutil.rmtree(temporary, ignore_errors=True)
    return copy / install.parent.name / install.name / binaries.name


def _open_to_all(folder: Path) -> None:
    """Lets everybody read and run what its owner may."""
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            mode = path.stat().st_mode & 0o500
            path.chmod(path.stat().st_mode | mode >> 3 | mode >> 6)


def _remove_orphans() -> None:
    """Removes shared clusters whose data folder is gone or has been made anew."""
    for origin in SHARED_FOLDER.glob("*/origin"):
        secrets = Path(origin.read_text("utf-8")) / SECRETS_FILE
        if not secrets.exists() or origin.parent.name not in secrets.read_text("utf-8"):
            shutil.rmtree(origin.parent, ignore_errors=True)

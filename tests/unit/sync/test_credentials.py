import stat
import sys
from pathlib import Path

import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as FailKeyring
from keyring.backends.null import Keyring as NullKeyring
from keyring.errors import KeyringLocked, PasswordDeleteError

from agent_core.credentials import Credentials


class MemoryKeyring(KeyringBackend):
    """A working credential store; `locked` makes it refuse."""

    priority = 1.0  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        self._check()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._check()
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._check()
        if (service, username) not in self.kept:
            raise PasswordDeleteError("not there")
        del self.kept[service, username]

    def _check(self) -> None:
        if self.locked:
            raise KeyringLocked("locked")


@pytest.mark.parametrize("backend", [NullKeyring(), FailKeyring()])
def test_without_a_store_a_file_keeps_secrets_unreadable(tmp_path: Path, backend: KeyringBackend) -> None:
    folder = tmp_path / "dätä x"
    credentials = Credentials(folder, backend)
    assert not credentials.uses_keyring
    assert credentials.get("key") is None
    credentials.set("key", "geheim ü")
    credentials.set("other", "x" * 5000)
    assert Credentials(folder, backend).get("key") == "geheim ü"
    for path in folder.iterdir():
        assert b"geheim" not in path.read_bytes()
        if sys.platform != "win32":
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
    credentials.delete("key")
    credentials.delete("key")
    assert (credentials.get("key"), credentials.get("other")) == (None, "x" * 5000)


def test_the_systems_store_is_used_where_there_is_one(tmp_path: Path) -> None:
    backend = MemoryKeyring()
    credentials, other = Credentials(tmp_path / "a", backend), Credentials(tmp_path / "b", backend)
    credentials.set("key", "one")
    assert (credentials.uses_keyring, credentials.get("key"), other.get("key")) == (True, "one", None)
    assert not (tmp_path / "a").exists()
    credentials.delete("key")
    credentials.delete("key")
    assert backend.kept == {}


def test_a_locked_store_is_replaced_by_the_file(tmp_path: Path) -> None:
    backend = MemoryKeyring()
    backend.locked = True
    credentials = Credentials(tmp_path, backend)
    credentials.set("key", "one")
    assert credentials.get("key") == "one"
    credentials.delete("missing")
    backend.locked = False
    credentials.set("key", "two")
    assert Credentials(tmp_path, NullKeyring()).get("key") is None
    assert credentials.get("key") == "two"


def test_a_damaged_file_holds_nothing(tmp_path: Path) -> None:
    credentials = Credentials(tmp_path, NullKeyring())
    credentials.set("key", "one")
    (tmp_path / "credentials.bin").write_bytes(b"damaged")
    assert credentials.get("key") is None
    credentials.set("key", "two")
    assert credentials.get("key") == "two"

"""Where secrets lie: in the operating system's store, or in an encrypted file where there is none."""

import json
import logging
import os
import sys
import threading
from pathlib import Path

import keyring
from cryptography.fernet import Fernet, InvalidToken
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.errors import KeyringError, PasswordDeleteError

from agent_core.replacing import move_over

log = logging.getLogger(__name__)

_SERVICE = "ForexElite Pro"

if sys.platform == "win32":
    from win32ctypes.pywin32 import pywintypes

    #: keyring passes on what Windows itself refuses, such as a secret of more than 2,560 bytes.
    _STORE_ERRORS: tuple[type[Exception], ...] = (KeyringError, pywintypes.error, OSError)
else:
    _STORE_ERRORS = (KeyringError,)


class SecretStores:
    """Named secrets.

    A name belongs to one data folder, so that two installations of one user keep apart.

    Args:
        data_folder: Where the encrypted file and its key lie, if they are needed.
        backend: The operating system's store; looked up when left out.
    """

    def __init__(self, data_folder: Path, backend: KeyringBackend | None = None) -> None:
        self._scope = str(data_folder.resolve())
        self._file = _SecretFile(data_folder)
        found = backend or keyring.get_keyring()
        self._keyring = None if isinstance(found, (fail.Keyring, null.Keyring)) else found

    @property
    def uses_keyring(self) -> bool:
        """Whether the operating system keeps the secrets."""
        return self._keyring is not None

    def get(self, name: str) -> str | None:
        """Returns a secret, or None."""
        if self._keyring is not None:
            try:
                found = self._keyring.get_password(_SERVICE, self._account(name))
            except _STORE_ERRORS as error:
                log.warning("The system's credential store can't be read (%s); using the encrypted file", error)
            else:
                if found is not None:
                    return found
        return self._file.read().get(name)

    def set(self, name: str, value: str) -> None:
        """Keeps a secret."""
        if self._keyring is not None:
            try:
                self._keyring.set_password(_SERVICE, self._account(name), value)
            except _STORE_ERRORS as error:
                log.warning("The system's credential store can't be written (%s); using the encrypted file", error)
            else:
                self._file.change(name, None)
                return
        self._file.change(name, value)

    def delete(self, name: str) -> None:
        """Forgets a secret; it need not exist."""
        if self._keyring is not None:
            try:
                self._keyring.delete_password(_SERVICE, self._account(name))
            except PasswordDeleteError:
                pass  # it was not there
            except _STORE_ERRORS as error:
                log.warning("The system's credential store can't be written (%s)", error)
        self._file.change(name, None)

    def _account(self, name: str) -> str:
        return f"{name} ({self._scope})"


class _SecretFile:
    """`credentials.bin`, encrypted with the key in `credentials.key`; both readable by the user alone."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "credentials.bin"
        self._key_path = folder / "credentials.key"
        self._lock = threading.Lock()

    def read(self) -> dict[str, str]:
        with self._lock:
            return self._read()

    def change(self, name: str, value: str | None) -> None:
        with self._lock:
            secrets = self._read()
            if secrets.get(name) == value:
                return
            if value is None:
                del secrets[name]
            else:
                secrets[name] = value
            token = Fernet(self._key()).encrypt(json.dumps(secrets).encode())
            _write_private(self._path, token)

    def _read(self) -> dict[str, str]:
        if not self._path.exists():
            return {}
        try:
            secrets: dict[str, str] = json.loads(Fernet(self._key()).decrypt(self._path.read_bytes()))
        except (InvalidToken, ValueError):
            log.warning("The credentials file %s can't be decrypted; sign in and pair again", self._path)
            return {}
        return secrets

    def _key(self) -> bytes:
        if not self._key_path.exists():
            _write_private(self._key_path, Fernet.generate_key())
        return self._key_path.read_bytes()


def _write_private(path: Path, data: bytes) -> None:
    """Replaces a file at once; it is never readable by others, not even for a moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".tmp")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    move_over(draft, path)

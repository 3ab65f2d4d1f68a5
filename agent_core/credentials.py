"""Secrets of the agent by name. Where they lie is looked up with the first one: that takes a while."""

import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

    from agent_core.secret_stores import SecretStores


class Credentials:
    """Named secrets of one data folder.

    Args:
        data_folder: Where they lie if the operating system keeps none.
        backend: The operating system's store; looked up when left out.
    """

    def __init__(self, data_folder: Path, backend: "KeyringBackend | None" = None) -> None:
        self._folder = data_folder
        self._backend = backend
        self._lock = threading.Lock()
        self._found: SecretStores | None = None

    @property
    def _stores(self) -> "SecretStores":
        from agent_core.secret_stores import SecretStores  # noqa: PLC0415  # see the module's head

        with self._lock:
            if self._found is None:
                self._found = SecretStores(self._folder, self._backend)
            return self._found

    @property
    def uses_keyring(self) -> bool:
        """Whether the operating system keeps the secrets."""
        return self._stores.uses_keyring

    def get(self, name: str) -> str | None:
        """Returns a secret, or None."""
        return self._stores.get(name)

    def set(self, name: str, value: str) -> None:
        """Keeps a secret."""
        self._stores.set(name, value)

    def delete(self, name: str) -> None:
        """Forgets a secret; it need not exist."""
        self._stores.delete(name)

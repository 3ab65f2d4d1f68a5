"""Encrypts broker credentials. Keys rotate: the first encrypts, all decrypt."""

import json
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import SecretStr

from agent_core.protocol.errors import ErrorCode, ForexEliteError


class CredentialVault:
    """The only place that sees credentials in the clear."""

    def __init__(self, keys: Sequence[SecretStr]) -> None:
        """Takes the Fernet keys, newest first.

        Raises:
            ValueError: a key is not a Fernet key; the message does not show it.
        """
        try:
            self._fernet = MultiFernet([Fernet(key.get_secret_value()) for key in keys])
        except ValueError:
            raise ValueError("CREDENTIALS_KEYS holds a key that is not 32 url-safe base64 bytes.") from None

    def encrypt(self, credentials: dict[str, str]) -> bytes:
        """Encrypts a set of credentials."""
        return self._fernet.encrypt(json.dumps(credentials).encode())

    def decrypt(self, encrypted: bytes) -> dict[str, str]:
        """Decrypts a set of credentials.

        Raises:
            ForexEliteError: no key fits; the trader has to enter them again.
        """
        try:
            credentials: dict[str, str] = json.loads(self._fernet.decrypt(encrypted))
        except InvalidToken:
            raise ForexEliteError(
                ErrorCode.BROKER_UNAVAILABLE,
                "The stored credentials of this connection can't be read any more. Connect the broker again.",
            ) from None
        return credentials

    def rotate(self, encrypted: bytes) -> bytes:
        """Encrypts again with the newest key.

        Raises:
            cryptography.fernet.InvalidToken: no key fits.
        """
        return self._fernet.rotate(encrypted)

"""Secrets and ports of the local servers, made once and kept in the data folder."""

import os
import secrets
from pathlib import Path
from typing import Self
from uuid import uuid4

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import BaseModel, Field, ValidationError

SECRETS_FILE = "local-secrets.json"
_PORTS = "local-ports.json"


def _password() -> str:
    return secrets.token_urlsafe(32)


def _signing_key() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


class LocalSecrets(BaseModel):
    """Random secrets of one data folder, readable by its owner alone."""

    cluster_id: str = Field(default_factory=lambda: uuid4().hex)
    postgres_superuser: str = Field(default_factory=_password, repr=False)
    postgres_migrator: str = Field(default_factory=_password, repr=False)
    postgres_app_api: str = Field(default_factory=_password, repr=False)
    signing_key_pem: str = Field(default_factory=_signing_key, repr=False)
    jwt_secret: str = Field(default_factory=_password, repr=False)
    credentials_key: str = Field(default_factory=lambda: Fernet.generate_key().decode(), repr=False)
    agent_key_secret: str = Field(default_factory=_password, repr=False)
    vendor_key: str = Field(default_factory=_password, repr=False)

    @classmethod
    def of(cls, folder: Path) -> Self:
        """Reads the folder's secrets; makes them at the first start, and those a newer version adds."""
        file = folder / SECRETS_FILE
        stored = file.read_text("utf-8") if file.exists() else "{}"
        state = cls.model_validate_json(stored)
        text = state.model_dump_json(indent=1)
        if text != stored:
            write_private(file, text)
        return state


class LocalPorts(BaseModel):
    """Ports of the last start, taken again when they are free."""

    ports: dict[str, int] = Field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path) -> Self:
        """Reads the folder's ports; a damaged file only means new ports."""
        try:
            return cls.model_validate_json((folder / _PORTS).read_text("utf-8"))
        except (FileNotFoundError, ValidationError):
            return cls()

    def save(self, folder: Path) -> None:
        """Writes the ports."""
        write_private(folder / _PORTS, self.model_dump_json())


def write_private(file: Path, text: str) -> None:
    """Writes a file that only its owner may read, whole or not at all."""
    temporary = file.with_name(f"{file.name}.{os.getpid()}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(file)

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from cloud.vault import CredentialVault


def _key() -> SecretStr:
    return SecretStr(Fernet.generate_key().decode())


def test_keys_rotate() -> None:
    old, new = _key(), _key()
    stored = CredentialVault([old]).encrypt({"api_key": "k"})
    both = CredentialVault([new, old])
    assert both.decrypt(stored) == {"api_key": "k"}
    renewed = both.rotate(stored)
    assert CredentialVault([new]).decrypt(renewed) == {"api_key": "k"}


def test_a_lost_key_is_said_plainly() -> None:
    stored = CredentialVault([_key()]).encrypt({"api_key": "k"})
    with pytest.raises(ForexEliteError, match="Connect the broker again") as refused:
        CredentialVault([_key()]).decrypt(stored)
    assert refused.value.code is ErrorCode.BROKER_UNAVAILABLE


def test_a_broken_key_is_not_shown() -> None:
    with pytest.raises(ValueError, match="CREDENTIALS_KEYS") as refused:
        CredentialVault([SecretStr("broken-key")])
    assert "broken-key" not in str(refused.value)

from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from cloud.settings import CloudSettings, MissingSettingError

HOSTED = {
    "DATABASE_URL": "postgresql://app_api:p@db/postgres",
    "SUPABASE_URL": "https://abc.supabase.co/",
    "SUPABASE_SERVICE_ROLE_KEY": "sb_secret_abc",
    "CREDENTIALS_KEYS": "new-key, old-key",
    "AGENT_KEY_SECRET": "s" * 40,
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in HOSTED.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_reads_the_environment(environment: pytest.MonkeyPatch) -> None:
    settings = CloudSettings()
    settings.require_secrets()
    assert settings.mode == "hosted"
    assert settings.issuer == "https://abc.supabase.co/auth/v1"
    assert [key.get_secret_value() for key in settings.credentials_keys] == ["new-key", "old-key"]
    assert settings.supabase_anon_key == settings.supabase_service_role_key
    assert settings.migration_database_url == settings.database_url


@pytest.mark.parametrize("name", sorted(HOSTED))
@pytest.mark.parametrize("value", ["", "xxx", "ChangeMe", " "])
def test_names_the_variable_that_is_missing(environment: pytest.MonkeyPatch, name: str, value: str) -> None:
    environment.setenv(name, value)
    with pytest.raises(MissingSettingError, match=f"^{name} is missing or still an example value"):
        CloudSettings().require_secrets()


def test_local_mode_needs_nothing() -> None:
    CloudSettings(mode="local", supabase_service_role_key=SecretStr("")).require_secrets()


def test_no_secret_is_shown(environment: pytest.MonkeyPatch) -> None:
    shown = repr(CloudSettings())
    for secret in ("sb_secret_abc", "new-key", "app_api:p", "s" * 40):
        assert secret not in shown
    environment.setenv("PORT", "no-number")
    with pytest.raises(ValidationError) as refused:
        CloudSettings()
    assert "no-number" not in str(refused.value)


def test_a_changed_default(environment: Any) -> None:
    environment.setenv("GLM_BASE_URL", "https://example.com/v4/")
    assert CloudSettings().glm_base_url == "https://example.com/v4"


@pytest.mark.parametrize("name", ["DATABASE_URL", "MIGRATION_DATABASE_URL"])
def test_a_transaction_pooler_is_refused(environment: pytest.MonkeyPatch, name: str) -> None:
    environment.setenv(name, "postgresql://app:hunter2@aws-0.pooler.supabase.com:6543/postgres")
    with pytest.raises(ValidationError, match=f"{name} names a transaction pooler") as refused:
        CloudSettings()
    assert "hunter" not in str(refused.value)
    environment.setenv(name, "postgresql://app:hunter2@first:5432,second:6543/postgres")
    with pytest.raises(ValidationError, match=f"{name} names a transaction pooler"):
        CloudSettings()
    for other in ("app:hunter:6543@aws-0.pooler.supabase.com:5432", "app:hunter2@db:65432"):
        environment.setenv(name, f"postgresql://{other}/postgres")
        CloudSettings()


@pytest.mark.parametrize("name", ["DATABASE_URL", "MIGRATION_DATABASE_URL", "REDIS_URL", "SMTP_URL"])
def test_an_address_that_can_not_be_read_is_named_without_its_password(
    environment: pytest.MonkeyPatch, name: str
) -> None:
    scheme = {"REDIS_URL": "redis", "SMTP_URL": "smtp"}.get(name, "postgresql")
    for wrong in ("hunter#2@host", "hunter/2@host", "hunter@2@host", "hunter2@host:99999", "hunter2@host:port"):
        environment.setenv(name, f"{scheme}://app:{wrong}/x")
        with pytest.raises(ValidationError) as refused:
            CloudSettings()
        assert f"{name} can't be read. Write {scheme}://" in str(refused.value)
        assert "hunter" not in str(refused.value)
    environment.setenv(name, "host=db password=hunter2")
    with pytest.raises(ValidationError, match="can't be read"):
        CloudSettings()
    environment.setenv(name, f"{scheme}://app:hunter%232@host:5432/x?sslmode=require")
    CloudSettings()


def test_several_hosts_and_a_local_socket_are_addresses_too(environment: pytest.MonkeyPatch) -> None:
    for address in ("postgresql://app:p@one:5432,two:5432/x", "postgresql:///x?host=/var/run/postgresql"):
        environment.setenv("DATABASE_URL", address)
        assert CloudSettings().database_url.get_secret_value() == address
    environment.setenv("REDIS_URL", "unix:///run/redis.sock")
    CloudSettings()

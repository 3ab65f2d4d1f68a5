import json

import pytest

from cloud.cli import main


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "MIGRATION_DATABASE_URL", "SUPABASE_URL", "FOREXELITE_CLOUD_MODE"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(("command", "variable"), [("serve", "DATABASE_URL"), ("migrate", "MIGRATION_DATABASE_URL")])
def test_a_missing_variable_is_named(command: str, variable: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command]) == 2
    assert variable in capsys.readouterr().err


def test_a_database_that_is_not_there(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody:secret@127.0.0.1:9/none")
    assert main(["migrate"]) == 2
    error = capsys.readouterr().err
    assert "127.0.0.1" in error
    assert "secret" not in error


def test_the_api_description(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["openapi"]) == 0
    paths = json.loads(capsys.readouterr().out)["paths"]
    assert {"/api/v1/auth/login", "/api/v1/onboarding/status", "/api/v1/orders", "/api/v1/agents/pair"} <= set(paths)

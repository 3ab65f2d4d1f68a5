import io
import json
import logging
from collections.abc import Iterator
from uuid import UUID

import jwt
import pytest
import structlog

from cloud.agents.keys import make_key
from cloud.logs import REDACTED, redact
from tests.unit.cloud.log_capture import captured_log

TOKEN = jwt.encode({"sub": "1"}, "k" * 32, "HS256")


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    with captured_log() as written:
        yield written


@pytest.mark.parametrize("name", [
    "password", "new_password", "refresh_token", "Authorization", "api_key", "apikey", "X-Agent-Key", "pairing_key",
    "credentials", "secret", "database_url", "jwt_secret",
])  # fmt: skip
def test_by_name(name: str) -> None:
    assert redact({name.replace("-", "_"): "value"}) == {name.replace("-", "_"): REDACTED}
    assert redact({"body": [{name: {"inner": "value"}}]}) == {"body": [{name: REDACTED}]}


@pytest.mark.parametrize(("text", "clean"), [
    (f"token {TOKEN} refused", f"token {REDACTED} refused"),
    ("Authorization: Bearer abc.def", f"Authorization: Bearer {REDACTED}"),
    ("GET /object/sign/b/p?token=abc&x=1", f"GET /object/sign/b/p?token={REDACTED}&x=1"),
    ("connect postgresql://app:s3cret@db:5432/x", f"connect postgresql://{REDACTED}@db:5432/x"),
    ("key sb_secret_abc123", f"key {REDACTED}"),
    ("redis://:s3cret@cache:6379/0", f"redis://{REDACTED}@cache:6379/0"),
    (f"token {'0a' * 16}-{'f1' * 16}", f"token {REDACTED}"),
    ("/v3/accounts/101-001-1234567-001/orders", f"/v3/accounts/{REDACTED}/orders"),
    (f"key {'0a' * 16}.AbCdEfGh12345678", f"key {REDACTED}"),
    ("smtp://me:p@ss@mail:587", f"smtp://{REDACTED}@mail:587"),
    ("host=db password=s3cret user=app", f"host=db password={REDACTED} user=app"),
    ("password='s3 cret' user=app", f"password={REDACTED} user=app"),
    ("GET /ws?access_token=abc&apikey=def HTTP/1.1", f"GET /ws?access_token={REDACTED}&apikey={REDACTED} HTTP/1.1"),
    ('{"email": "a@b.c", "password": "s3cret"}', f'{{"email": "a@b.c", "password": {REDACTED}}}'),
    ("{'api_key': 'abc', 'x': 1}", f"{{'api_key': {REDACTED}, 'x': 1}}"),
    (f"key {'Ab-_' * 10}Abc=", f"key {REDACTED}"),
])  # fmt: skip
def test_by_look(text: str, clean: str) -> None:
    assert redact(text) == clean
    assert redact(ValueError(text)) == clean


@pytest.mark.parametrize("value", [
    1, 2.5, True, None, "EURUSD", ["a"], {"count": 3, "tokens_used": 12}, "Field refresh_token: Input is no text.",
    "2026-02-23T10:45:00Z", "a" * 64, "ws://host:8000/ws/prices/EURUSD?x=user@host",
])  # fmt: skip
def test_keeps_the_rest(value: object) -> None:
    assert redact(value) == value


def test_every_line_is_json_with_the_request_id(stream: io.StringIO) -> None:
    structlog.contextvars.bind_contextvars(request_id="r1")
    try:
        structlog.get_logger("a").info("order", units=1000, password="p")
        logging.getLogger("b").warning("said %s", TOKEN)
        try:
            raise RuntimeError(f"no entry for {TOKEN}")
        except RuntimeError as error:
            structlog.get_logger("c").error("failed", exc_info=error)
    finally:
        structlog.contextvars.clear_contextvars()
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(line["event"], line["level"], line["request_id"]) for line in lines] == [
        ("order", "info", "r1"), (f"said {REDACTED}", "warning", "r1"), ("failed", "error", "r1")
    ]  # fmt: skip
    assert (lines[0]["units"], lines[0]["password"]) == (1000, REDACTED)
    assert "RuntimeError" in lines[2]["exception"]
    assert TOKEN not in stream.getvalue()


def test_the_level_holds(stream: io.StringIO) -> None:
    structlog.get_logger("a").debug("quiet")
    logging.getLogger("httpx").info("GET https://x/?token=1")
    assert stream.getvalue() == ""


def test_no_part_of_an_agents_key_is_left() -> None:
    for number in range(200):
        key = make_key(b"secret", UUID(int=number << 100 | 0xFBEF << 64), 1)
        assert redact(f"refused {key}!") == f"refused {REDACTED}!"

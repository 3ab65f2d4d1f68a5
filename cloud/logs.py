"""Structured JSON logs. No token, key or password reaches them: one processor removes what looks like one."""

import logging
import re
import sys
from collections.abc import MutableMapping
from functools import lru_cache
from typing import Any, TextIO

import structlog
from structlog.typing import Processor

REDACTED = "[redacted]"
_SECRET_NAME = re.compile(
    r"pass(word|wd|phrase)|secret|token|authorization|api[_-]?key|agent[_-]?key|pairing[_-]?key|credential|cookie"
    r"|private[_-]?key|dsn|database_url|redis_url|smtp_url|webhook",
    re.IGNORECASE,
)
#: A secret by its name within a text: `password=...`, `"api_key": "..."`.
_SECRET_PAIR = re.compile(
    r"""((?i:pass(?:word|wd|phrase)?|secret|token|api[_-]?key|agent[_-]?key|pairing[_-]?key)["']?\s*"""
    r"""(?:=\s*|:\s*(?=["'])))("[^"]*"|'[^']*'|[^\s"'&,;)}\]]+)"""
)
_SECRET_TEXT = re.compile(
    r"eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)?"  # JSON web tokens
    r"|(?<=[Bb]earer )\S+"
    r"|(?<=://)[^/\s:@]*:[^/\s]+(?=@)"  # user and password in an address
    r"|\b[0-9a-f]{32}(-[0-9a-f]{32}|\.[A-Za-z0-9]{16})\b"  # OANDA's tokens, GLM's keys
    r"|\b\d{3}-\d{3}-\d{5,9}-\d{3}\b"  # OANDA's account numbers
    r"|(?<![\w-])[\w-]{43}="  # Fernet keys
    r"|\bsb_secret_[\w-]+|\bfep_[\w.-]{16,}"
)


def redact(value: Any, name: str = "") -> Any:
    """A copy of a log value without secrets, by the name of its field and by the look of its text."""
    if name and _names_secret(name) and value is not None and not isinstance(value, bool | int | float):
        return REDACTED
    if isinstance(value, str):
        if "=" in value or ":" in value:
            value = _SECRET_PAIR.sub(rf"\1{REDACTED}", value)
        return _SECRET_TEXT.sub(REDACTED, value)
    if isinstance(value, dict):
        return {key: redact(item, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(item) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return redact(str(value))


@lru_cache(maxsize=1024)
def _names_secret(name: str) -> bool:
    return _SECRET_NAME.search(name) is not None


def redaction(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The structlog processor that redacts a whole event."""
    return {name: redact(value, name) for name, value in event.items()}


def configure_logging(level: str = "info", stream: TextIO | None = None) -> None:
    """Sends structlog and the standard library's logging through one JSON renderer to stderr."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        # Not structlog's own factory, whose loggers search the stack for a place that nobody prints.
        logger_factory=logging.getLogger,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.PositionalArgumentsFormatter()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                redaction,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    # Our own request line replaces uvicorn's; httpx writes whole addresses, which may carry signed tokens.
    for name in ("uvicorn.access", "httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)

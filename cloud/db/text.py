"""Text from outside that Postgres can't hold."""

from typing import Any, TypeVar

_T = TypeVar("_T")
_NUL = "\x00"
_REPLACEMENT = "\ufffd"


def storable(value: _T) -> _T:
    """Returns JSON-like data with every NUL character replaced: neither text nor jsonb columns take it."""
    return _clean(value)  # type: ignore[no-any-return]


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace(_NUL, _REPLACEMENT)
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {_clean(name): _clean(item) for name, item in value.items()}
    return value

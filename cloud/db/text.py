"""Data from outside that Postgres can't hold."""

import math
import re
from typing import Any, TypeVar

_T = TypeVar("_T")
_HALF_PAIR_OR_NUL = re.compile("[\x00\ud800-\udfff]")
#: The driver's encoder takes 255 levels.
_DEEPEST = 100
_REPLACEMENT = "\ufffd"


def storable(value: _T) -> _T:
    """Returns JSON-like data that text and jsonb columns take.

    NUL characters and halves of surrogate pairs are replaced; a number that is none (NaN, infinity) becomes null, and
    so does what lies too deep.
    """
    return _clean(value, _DEEPEST)  # type: ignore[no-any-return]


def _clean(value: Any, levels: int) -> Any:
    if isinstance(value, str):
        return _HALF_PAIR_OR_NUL.sub(_REPLACEMENT, value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, list):
        return [_clean(item, levels - 1) for item in value] if levels else None
    if isinstance(value, dict):
        return {_clean(name, 0): _clean(item, levels - 1) for name, item in value.items()} if levels else None
    return value

"""Canonical instrument names: `EURUSD`. `EUR_USD` and `EUR/USD` are accepted everywhere."""

import re

_CANONICAL = re.compile(r"[A-Z0-9]{3,20}")


def canonical_instrument(name: str) -> str:
    """Returns the canonical name of an instrument.

    Raises:
        ValueError: the text can't be an instrument's name.
    """
    canonical = re.sub(r"[_/]", "", name.strip().upper())
    if not _CANONICAL.fullmatch(canonical):
        raise ValueError(f"'{name}' is not an instrument; write it like EURUSD.")
    return canonical


def oanda_instrument(canonical: str) -> str:
    """Returns OANDA's name (`EUR_USD`) of a canonical six-letter pair or metal."""
    return f"{canonical[:-3]}_{canonical[-3:]}"

"""Instrument names: canonical (`EURUSD`) against the broker's (`EURUSD.m`, `EURUSDc`, `EURUSD@`)."""

import re
from collections.abc import Iterable

from agent_core.protocol.instruments import canonical_instrument
from agent_core.terminal.models import SymbolSpec, TradeMode

_SUFFIX = re.compile(r"(?:[^A-Za-z0-9].*|[a-z]{1,4})$")


def canonical_name(broker_symbol: str) -> str:
    """Returns the canonical name of a broker's symbol: `EURUSD.pro` → `EURUSD`, `EURUSDm` → `EURUSD`."""
    base = _SUFFIX.sub("", broker_symbol)
    return base.upper() if len(base) >= 3 else broker_symbol.upper()


def resolve_symbol(name: str, symbols: Iterable[SymbolSpec]) -> SymbolSpec | None:
    """Returns the broker's symbol for a name, or None.

    An exact name wins if it can be traded. Otherwise, among the symbols with the same canonical name, one that trades
    in full is preferred, then a visible one, then the shortest name.
    """
    known = list(symbols)
    exact = next((symbol for symbol in known if symbol.name == name), None)
    if exact is not None and exact.trade_mode is not TradeMode.DISABLED:
        return exact
    try:
        wanted = canonical_name(name) if exact is not None else canonical_instrument(name)
    except ValueError:
        wanted = canonical_name(name)
    matching = [symbol for symbol in known if wanted in (canonical_name(symbol.name), symbol.name.upper())]
    if not matching:
        return exact
    return min(
        matching,
        key=lambda symbol: (symbol.trade_mode is not TradeMode.FULL, not symbol.visible, len(symbol.name), symbol.name),
    )

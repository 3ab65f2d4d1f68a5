"""Instrument names: canonical (`EURUSD`) against the broker's (`EURUSD.m`, `EURUSDc`, `EURUSD@`)."""

import re
from collections.abc import Iterable, Mapping

from agent_core.protocol.instruments import canonical_instrument
from agent_core.terminal.models import SymbolSpec, TradeMode

_SUFFIX = re.compile(r"(?:[^A-Za-z0-9].*|[a-z]{1,4})$")
#: In these no position can be opened.
CLOSED_MODES = (TradeMode.DISABLED, TradeMode.CLOSE_ONLY)


def canonical_name(broker_symbol: str) -> str:
    """Returns the canonical name of a broker's symbol: `EURUSD.pro` → `EURUSD`, `EURUSDm` → `EURUSD`."""
    base = _SUFFIX.sub("", broker_symbol)
    return base.upper() if len(base) >= 3 else broker_symbol.upper()


def resolve_symbol(
    name: str, symbols: Iterable[SymbolSpec], chosen: Mapping[str, str] | None = None
) -> SymbolSpec | None:
    """Returns the broker's symbol for a name, or None.

    The user's own choice for a canonical name wins, then an exact name if positions can be opened in it. Otherwise,
    among the symbols with the same canonical name, one that trades in full is preferred, then one that trades at all,
    then a visible one, then the shortest name.

    Args:
        name: Canonical or broker's name.
        symbols: The broker's symbols.
        chosen: The user's choices: canonical name → broker's name.
    """
    known = list(symbols)
    if chosen and (wish := chosen.get(_canonical(name))) is not None:
        found = next((symbol for symbol in known if symbol.name == wish), None)
        if found is not None:
            return found
    exact = next((symbol for symbol in known if symbol.name == name), None)
    if exact is not None and exact.trade_mode not in CLOSED_MODES:
        return exact
    wanted = canonical_name(name) if exact is not None else _canonical(name)
    matching = [symbol for symbol in known if wanted in (canonical_name(symbol.name), symbol.name.upper())]
    if not matching:
        return exact
    return min(
        matching,
        key=lambda symbol: (
            symbol.trade_mode is not TradeMode.FULL,
            symbol.trade_mode in CLOSED_MODES,
            symbol is not exact,
            not symbol.visible,
            len(symbol.name),
            symbol.name,
        ),
    )


def _canonical(name: str) -> str:
    try:
        return canonical_instrument(name)
    except ValueError:
        return canonical_name(name)

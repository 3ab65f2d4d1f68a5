"""MetaTrader's module as a broker with many more symbols would show it: each stands for one of the simulated broker's.

Names are the simulated broker's with a number behind ("EURUSD2"); what they quote moves like the original.
"""

from typing import Any

from agent_core.simulator import mt5
from agent_core.simulator.market.symbols import SYMBOLS

COPIES = 4
NAMES = [f"{name}{number or ''}" for number in range(COPIES) for name in SYMBOLS]
__version__ = mt5.__version__
_NAME = list(mt5.SymbolInfo.__match_args__).index("name")


def __getattr__(name: str) -> Any:
    """Everything else is the module's own."""
    return getattr(mt5, name)


def _original(name: str) -> str:
    return name.rstrip("0123456789")


def _named(record: Any, name: str) -> Any:
    return mt5.SymbolInfo(name if place == _NAME else value for place, value in enumerate(record))


def symbols_get(*args: Any, **kwargs: Any) -> Any:
    """All symbols, copies included."""
    found = {record.name: record for record in mt5.symbols_get(*args, **kwargs)}
    return tuple(_named(found[_original(name)], name) for name in NAMES)


def symbol_info(name: str) -> Any:
    """One symbol."""
    record = mt5.symbol_info(_original(name))
    return None if record is None else _named(record, name)


def symbol_info_tick(name: str) -> Any:
    """A symbol's last quote."""
    return mt5.symbol_info_tick(_original(name))


def symbol_select(name: str, *rest: Any) -> Any:
    """Chooses a symbol."""
    return mt5.symbol_select(_original(name), *rest)

"""Calls that the real wheel and the simulated module must answer alike where no terminal runs: one list.

Without a terminal every call ends before anything is sent, which shows the order of the checks, the failure values,
the words and codes of `last_error` and what raises.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np

Call = tuple[str, tuple[Any, ...], dict[str, Any]]

_WHEN = datetime(2026, 1, 2, tzinfo=UTC)
_LONG = "x" * 300
_WRONG: tuple[Any, ...] = (None, 1.5, "text", b"bytes", -1, 2**40, 2**70, True, np.int64(5), np.float64(1.5), [], {})

#: Arguments that each function takes by position.
_POSITIONAL: dict[str, tuple[Any, ...]] = {
    "symbol_info": ("EURUSD",),
    "symbol_info_tick": ("EURUSD",),
    "symbol_select": ("EURUSD", True),
    "market_book_add": ("EURUSD",),
    "market_book_get": ("EURUSD",),
    "market_book_release": ("EURUSD",),
    "copy_rates_from": ("EURUSD", 1, _WHEN, 10),
    "copy_rates_from_pos": ("EURUSD", 1, 0, 10),
    "copy_rates_range": ("EURUSD", 1, _WHEN, _WHEN),
    "copy_ticks_from": ("EURUSD", _WHEN, 10, -1),
    "copy_ticks_range": ("EURUSD", _WHEN, _WHEN, -1),
    "order_calc_margin": (0, "EURUSD", 0.1, 1.1),
    "order_calc_profit": (0, "EURUSD", 0.1, 1.1, 1.2),
    "history_orders_total": (_WHEN, _WHEN),
    "history_deals_total": (_WHEN, _WHEN),
}
_NO_ARGUMENTS = (
    "shutdown", "version", "terminal_info", "account_info", "last_error", "symbols_total", "orders_total",
    "positions_total",
)  # fmt: skip
_REQUEST: dict[str, Any] = {
    "action": 1, "magic": 7, "order": 0, "symbol": "EURUSD", "volume": 0.1, "price": 1.1, "stoplimit": 0.0, "sl": 1.0,
    "tp": 1.2, "deviation": 10, "type": 0, "type_filling": 0, "type_time": 0, "expiration": 0, "comment": "words",
    "position": 0, "position_by": 0,
}  # fmt: skip


def calls() -> Iterator[Call]:
    """Every call of the list."""
    for name in _NO_ARGUMENTS:
        yield name, (), {}
        yield name, (1,), {}
        yield name, (), {"unknown": 1}
    yield from _by_position()
    yield from _groups()
    yield from _requests()
    yield from _history()
    yield from _connecting()


def _by_position() -> Iterator[Call]:
    for name, arguments in _POSITIONAL.items():
        yield name, arguments, {}
        yield name, (), {}
        yield name, arguments[:-1], {}
        yield name, (*arguments, 1), {}
        yield name, arguments, {"unknown": 1}
        for place in range(len(arguments)):
            for wrong in (*_WRONG, _LONG, "", _WHEN.replace(tzinfo=None)):
                yield name, (*arguments[:place], wrong, *arguments[place + 1 :]), {}


def _groups() -> Iterator[Call]:
    for wrong in (*_WRONG, "*USD*", "x" * 1998, "x" * 1999, "x" * 2100):
        yield "symbols_get", (wrong,), {}
        yield "symbols_get", (), {"group": wrong}
    yield "symbols_get", (), {}
    yield "symbols_get", ("*", "*"), {}
    yield "symbols_get", ("*",), {"group": "*"}
    yield "symbols_get", (), {"unknown": 1}
    for name in ("positions_get", "orders_get"):
        yield name, (), {}
        yield name, ("EURUSD",), {}
        yield name, ("EURUSD",), {"ticket": 1}
        yield name, (), {"unknown": 1}
        yield name, (), {"ticket": 1, "symbol": "EURUSD", "group": "*"}
        for key in ("ticket", "symbol", "group"):
            for wrong in (*_WRONG, "", _LONG, "x" * 31, "x" * 32, "x" * 33, "x" * 1999, "x" * 2100):
                yield name, (), {key: wrong}


def _requests() -> Iterator[Call]:
    for name in ("order_check", "order_send"):
        yield name, (), {}
        yield name, (_REQUEST,), {}
        yield name, (), _REQUEST
        yield name, ({},), {}
        yield name, (_REQUEST,), {"symbol": "EURUSD"}
        yield name, (_REQUEST, _REQUEST), {}
        yield name, ({**_REQUEST, "colour": "red"},), {}
        for wrong in _WRONG:
            yield name, (wrong,), {}
        for field in _REQUEST:
            for wrong in (*_WRONG, "x" * 30, "x" * 31, "x" * 32, _WHEN, 0, 0.0, 2**31, 2**32, 2**63, 2**64 - 1, 2**64):
                yield name, ({**_REQUEST, field: wrong},), {}
            yield name, ({key: value for key, value in _REQUEST.items() if key != field},), {}


def _history() -> Iterator[Call]:
    for name in ("history_orders_get", "history_deals_get"):
        yield name, (), {}
        yield name, (_WHEN,), {}
        yield name, (_WHEN, _WHEN), {}
        yield name, (_WHEN, _WHEN, "*"), {}
        yield name, (_WHEN, _WHEN), {"group": "*"}
        yield name, (_WHEN, _WHEN), {"unknown": 1}
        yield name, (), {"date_from": _WHEN, "date_to": _WHEN}
        yield name, (), {"group": "*"}
        yield name, (), {"ticket": 1, "position": 2}
        for place in range(2):
            for wrong in (*_WRONG, _WHEN.replace(tzinfo=None)):
                yield name, (*(_WHEN,) * place, wrong, *(_WHEN,) * (1 - place)), {}
        for key in ("ticket", "position"):
            for wrong in (*_WRONG, 0):
                yield name, (), {key: wrong}
                yield name, (_WHEN, _WHEN), {key: wrong}
        for wrong in (*_WRONG, "x" * 1998, "x" * 1999):
            yield name, (_WHEN, _WHEN), {"group": wrong}


def _connecting() -> Iterator[Call]:
    missing = "C:\\Nowhere\\terminal64.exe"
    yield "initialize", (), {}
    yield "initialize", ("a", "b"), {}
    yield "initialize", (missing,), {}
    yield "initialize", (), {"path": missing}
    yield "initialize", (missing,), {"portable": True}
    yield "initialize", (missing,), {"path": missing}
    yield "initialize", (), {"unknown": 1, "path": missing}
    for key in ("path", "login", "password", "server", "timeout", "portable"):
        for wrong in (*_WRONG, "x" * 255, "x" * 256, "x" * 259, "x" * 260, "x" * 261, _LONG):
            yield "initialize", (), {**({} if key == "path" else {"path": missing}), key: wrong}
    for wrong in (*_WRONG, "x" * 259, "x" * 260, _LONG):
        yield "initialize", (wrong,), {}
    yield "login", (), {}
    yield "login", (1,), {}
    yield "login", (1, 2), {}
    yield "login", (), {"login": 1}
    yield "login", (1,), {"login": 1}
    yield "login", (1,), {"unknown": 1}
    for wrong in _WRONG:
        yield "login", (wrong,), {}
    for key in ("password", "server", "timeout"):
        for wrong in (*_WRONG, "x" * 255, "x" * 256, _LONG):
            yield "login", (1,), {key: wrong}


def outcome(module: Any, call: Call) -> str:
    """How a module answers a call: value or what it raises, and its last error."""
    name, arguments, keywords = call
    try:
        # With an empty keyword dict beside positional arguments the wheel answers something else.
        function = getattr(module, name)
        ended = repr(function(*arguments, **keywords) if keywords else function(*arguments))
    except Exception as error:  # noqa: BLE001 - what it raises is the answer
        ended = f"raises {type(error).__name__}: {error}"
    try:
        return f"{ended} {module.last_error()}"
    except UnicodeDecodeError:
        return f"{ended} (its words can't be read)"

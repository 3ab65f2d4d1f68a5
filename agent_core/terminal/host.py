"""The terminal host: a child process that alone imports MetaTrader 5's module and calls it, one request at a time.

The module holds the interpreter's lock during blocking, un-timed pipe calls, so the agent keeps it in a process it can
kill. Requests arrive on standard input, answers leave on standard output (`agent_core.terminal.framing`):

    request  {"calls": [call, ...]}, each answered by a message of its own, in order
    call     {"call": name, "args": [...], "kwargs": {...}, "fields": [...] | null, "account": [login, server] | null}
    answer   {"value": ..., "error": [code, text]}, or {"raised": text}; arrays as {"dtype": ..., "count": n} + body

A call that names an account is made only while the terminal is logged in to it; otherwise the answer is the
`account_info` there is, marked "withheld".

The host ends when its input ends; amid a call that hangs `agent_core.terminal.tether` ends it with the agent.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from types import ModuleType
from typing import Any, BinaryIO

import numpy as np

from agent_core.terminal.framing import read_message, write_message
from agent_core.terminal.tether import follow_parent

#: Positions of dates, which cross the pipe as epoch seconds. A naive datetime would be read in the PC's own zone.
_DATE_ARGUMENTS: dict[str, tuple[int, ...]] = {
    "copy_rates_from": (2,),
    "copy_rates_range": (2, 3),
    "history_orders_get": (0, 1),
    "history_deals_get": (0, 1),
}
_FLOAT_FIELDS = ("volume", "price", "stoplimit", "sl", "tp")
#: UTF-16 units of a comment that the wheel takes.
_MAX_TEXT = 29
_CALLS = frozenset(
    {
        "initialize", "shutdown", "version", "terminal_info", "account_info", "symbols_get", "symbol_info",
        "symbol_info_tick", "symbol_select", "copy_rates_from", "copy_rates_from_pos", "copy_rates_range",
        "order_calc_margin", "order_calc_profit", "order_check", "order_send", "positions_get", "orders_get",
        "history_orders_get", "history_deals_get",
    }
)  # fmt: skip


class Host:
    """Carries requests out on the vendor's module."""

    def __init__(self, module: ModuleType) -> None:
        self._module: Any = module

    def answer(self, call: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """Calls the module once; what it raises becomes part of the answer."""
        name, args, kwargs = call["call"], call.get("args", []), call.get("kwargs", {})
        try:
            if (account := call.get("account")) is not None:
                present = self._module.account_info()
                if present is None or [present.login, present.server] != account:
                    return {"value": _plain(present, None), "error": self._last_error(), "withheld": True}, b""
            value = self._call(name, args, kwargs)
            error = self._last_error()
        except Exception as failure:  # noqa: BLE001
            return {"raised": f"{type(failure).__name__}: {failure}"}, b""
        if isinstance(value, np.ndarray):
            return {"value": {"dtype": value.dtype.descr, "count": len(value)}, "error": error}, value.tobytes()
        return {"value": _plain(value, call.get("fields")), "error": error}, b""

    def _last_error(self) -> list[Any]:
        try:
            return list(self._module.last_error())
        except UnicodeDecodeError:
            # The wheel quotes a path in the computer's code page and then can't read its own text. It quotes one only
            # where it could not start the terminal.
            return [-10003, "IPC initialize failed, Process create failed"]

    def _call(self, name: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
        if name == "ticks":
            return [self._module.symbol_info_tick(symbol) for symbol in args]
        if name not in _CALLS:
            raise ValueError(f"'{name}' is not a call of the terminal host")
        if name == "order_send":
            return self._module.order_send(_request(args[0]))
        if name == "order_check":
            return self._module.order_check(_request(args[0]))
        for position in _DATE_ARGUMENTS.get(name, ()):
            if position < len(args):
                args[position] = datetime.fromtimestamp(args[position], UTC)
        function: Callable[..., Any] = getattr(self._module, name)
        # With an empty keyword dict beside positional arguments the wheel answers "Unnamed arguments not allowed".
        return function(*args, **kwargs) if kwargs else function(*args)


def _request(given: dict[str, Any]) -> dict[str, Any]:
    """The wheel takes only floats where it wants floats, and refuses the whole order for a longer comment."""
    request = dict(given)
    for field in _FLOAT_FIELDS:
        if field in request:
            request[field] = float(request[field])
    if "comment" in request:
        units = request["comment"].encode("utf-16-le")[: 2 * _MAX_TEXT]
        request["comment"] = units.decode("utf-16-le", errors="ignore")
    return request


def _plain(value: Any, fields: list[str] | None) -> Any:
    """Records become dicts (of `fields` only, where given), sequences become lists."""
    if hasattr(value, "_asdict"):
        record = value._asdict()
        names = fields if fields is not None else record
        return {name: _plain(record[name], None) for name in names}
    if isinstance(value, list | tuple):
        return [_plain(item, fields) for item in value]
    if isinstance(value, np.generic):
        return value.item()
    return value


def serve(module_name: str, requests: BinaryIO, answers: BinaryIO) -> int:
    """Says whether the module could be loaded, then answers until the input ends. Returns the exit code."""
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        write_message(answers, {"ready": False, "reason": str(error)})
        return 3
    write_message(answers, {"ready": True, "version": str(getattr(module, "__version__", ""))})
    host = Host(module)
    while True:
        try:
            request, _ = read_message(requests)
        except EOFError:
            module.shutdown()
            return 0
        for call in request["calls"]:
            head, body = host.answer(call)
            try:
                write_message(answers, head, body)
            except OSError:
                return 0


def main() -> int:
    """Entry point of `python -m agent_core.terminal.host`."""
    follow_parent()
    parser = argparse.ArgumentParser(prog="terminal-host")
    parser.add_argument("--module", required=True, help="module with MetaTrader 5's API")
    module_name = parser.parse_args([argument for argument in sys.argv[1:] if argument != "terminal-host"]).module
    # Whatever prints must not end up among the answers.
    answers = os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a device
        os.dup2(nowhere.fileno(), 1)
    return serve(module_name, os.fdopen(os.dup(0), "rb"), answers)


if __name__ == "__main__":
    sys.exit(main())

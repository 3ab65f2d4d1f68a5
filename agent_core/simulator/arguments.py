"""How the MetaTrader5 package reads its arguments."""

import operator
from collections.abc import Callable
from datetime import datetime
from math import isfinite
from typing import Any

from agent_core.simulator.constants import RES_E_INVALID_PARAMS
from agent_core.simulator.records import TradeRequest

#: Longest texts the package takes, in UTF-16 units.
MAX_TEXT = 29
MAX_GROUP = 1997
MAX_PATH = 257
MAX_CREDENTIAL = 253

_UNSIGNED_32 = range(2**32)
_UNSIGNED_64 = range(2**64)
_SIGNED_32 = range(-(2**31), 2**31)
_INTEGERS: dict[str, range] = {
    "action": _UNSIGNED_32, "magic": _UNSIGNED_64, "order": _UNSIGNED_64, "deviation": _UNSIGNED_64,
    "type": _UNSIGNED_32, "type_filling": _UNSIGNED_32, "type_time": _UNSIGNED_32,
    "expiration": range(-(2**63), 2**63), "position": _UNSIGNED_64, "position_by": _UNSIGNED_64,
}  # fmt: skip
_TEXTS = frozenset({"symbol", "comment"})


class ArgumentsError(Exception):
    """Arguments the package refuses; becomes its last error.

    Attributes:
        text: Its words.
    """

    code = RES_E_INVALID_PARAMS

    def __init__(self, text: str = "Invalid arguments") -> None:
        super().__init__(text)
        self.text = text


class ConversionError(ArgumentsError):
    """An argument that Python's own conversion in C refuses: the function raises SystemError beside its last error."""


class LateConversionError(Exception):
    """The same of a last date, which is noticed after the call alone."""


def positional(arguments: tuple[Any, ...], *kinds: str) -> list[Any]:
    """Checks positional arguments against kinds: "str", "int", "bits", "float", "date", "bool".

    Numbers are converted first, then texts are checked, then dates, as in the package.

    Raises:
        ArgumentsError: there are too many or too few, or one can't be read.
        LateConversionError: the last date is out of range.
    """
    if len(arguments) != len(kinds):
        raise ArgumentsError
    values = list(arguments)
    for place, kind in enumerate(kinds):
        if kind in _NUMBERS:
            values[place] = _NUMBERS[kind](arguments[place])
    for place, kind in enumerate(kinds):
        if kind == "str":
            values[place] = text(arguments[place], MAX_TEXT, "Invalid arguments")
    dates = [place for place, kind in enumerate(kinds) if kind == "date"]
    for place in dates:
        values[place] = date(arguments[place], last=place == dates[-1])
    return values


def _int(argument: Any) -> int:
    try:
        number = operator.index(argument)
    except TypeError:
        raise ConversionError from None
    if number not in _SIGNED_32:
        raise ConversionError
    return number


def _bits(argument: Any) -> int:
    if not isinstance(argument, int):
        raise ConversionError
    return argument & 0xFFFFFFFF


def _float(argument: Any) -> float:
    if isinstance(argument, str | bytes):
        raise ConversionError
    try:
        return float(argument)
    except (TypeError, ValueError, OverflowError):
        raise ConversionError from None


_NUMBERS: dict[str, Callable[[Any], Any]] = {"int": _int, "bits": _bits, "float": _float, "bool": bool}


def date(argument: Any, *, last: bool = False) -> int:
    """Epoch seconds of an int, float or datetime; a naive datetime is read in the PC's own time zone.

    Raises:
        ArgumentsError: it is something else, or out of 32 bits.
        LateConversionError: it is out of 32 bits and the last one of the call.
    """
    if isinstance(argument, datetime):
        argument = argument.timestamp()
    if isinstance(argument, int):
        if argument in _SIGNED_32:
            return int(argument)
        raise LateConversionError if last else ConversionError
    if not isinstance(argument, float):
        raise ArgumentsError
    return (int(argument) + 2**31) % 2**32 - 2**31 if isfinite(argument) else 0


def text(argument: Any, longest: int, refusal: str) -> str:
    """A text of at most so many UTF-16 units.

    Raises:
        ArgumentsError: it is something else or longer.
    """
    if not isinstance(argument, str) or len(argument.encode("utf-16-le", "surrogatepass")) > 2 * longest:
        raise ArgumentsError(refusal)
    return argument


def whole(argument: Any, refusal: str, numbers: range = _UNSIGNED_64) -> int:
    """A Python int within a range.

    Raises:
        ArgumentsError: it is something else.
        ConversionError: it is out of the range.
    """
    if not isinstance(argument, int):
        raise ArgumentsError(refusal)
    if argument not in numbers:
        raise ConversionError(refusal)
    return argument


def named(keywords: dict[str, Any], name: str, default: str, longest: int) -> str:
    """A keyword argument that is a text.

    Raises:
        ArgumentsError: it is something else or too long.
    """
    return text(keywords.get(name, default), longest, f'Invalid "{name}" argument')


def named_ticket(keywords: dict[str, Any], name: str) -> int:
    """A keyword argument that is a ticket.

    Raises:
        ArgumentsError: it is none.
    """
    return whole(keywords[name], f'Invalid "{name}" argument')


def milliseconds(keywords: dict[str, Any]) -> int:
    """The keyword `timeout`.

    Raises:
        ArgumentsError: it is no number of milliseconds.
    """
    return whole(keywords.get("timeout", 0), 'Invalid "timeout" argument', _UNSIGNED_32)


def trade_request(arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """The TradeRequest of order_send and order_check: one positional dict, or keywords only.

    Raises:
        ArgumentsError: both, neither, or a field of a wrong type.
    """
    if arguments and keywords:
        raise ArgumentsError("Unnamed arguments not allowed")
    if not keywords and len(arguments) != 1:
        raise ArgumentsError("Invalid number of arguments")
    content = keywords or arguments[0]
    if not isinstance(content, dict):
        raise ArgumentsError
    return TradeRequest(_field(name, content) for name in TradeRequest.__match_args__)


def _field(name: str, content: dict[str, Any]) -> Any:
    refusal = f'Invalid "{name}" argument'
    if name in _TEXTS:
        return text(content.get(name, ""), MAX_TEXT, refusal)
    if name in _INTEGERS:
        return whole(content.get(name, 0), refusal, _INTEGERS[name])
    price = content.get(name, 0.0)
    if not isinstance(price, float):
        raise ArgumentsError(refusal)
    return float(price)


def in_group(name: str, group: str) -> bool:
    """Whether a symbol is in a group filter: comma list, `*` wildcards, `!` excludes at once, case matters."""
    found = False
    for part in group.split(","):
        mask = part.strip()
        if mask.startswith("!"):
            if _matches(name, mask[1:]):
                return False
        elif _matches(name, mask):
            found = True
    return found


def _matches(name: str, mask: str) -> bool:
    first, *middle = mask.split("*")
    if not middle:
        return name == mask
    if not name.startswith(first):
        return False
    position = len(first)
    for piece in middle[:-1]:
        position = name.find(piece, position)
        if position < 0:
            return False
        position += len(piece)
    return name.endswith(middle[-1]) and len(name) - len(middle[-1]) >= position

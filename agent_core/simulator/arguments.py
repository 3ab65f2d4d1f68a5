"""How the MetaTrader5 package reads its arguments."""

from datetime import datetime
from typing import Any

from agent_core.simulator.constants import RES_E_INVALID_PARAMS
from agent_core.simulator.records import TradeRequest

_MAX_TEXT = 30
_MAX_GROUP = 1998
_INTEGERS = frozenset(
    {"action", "magic", "order", "deviation", "type", "type_filling", "type_time", "expiration", "position",
     "position_by"}
)  # fmt: skip
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


def wrong_type(function: str) -> SystemError:
    """What a wrong type raises in the package's C code."""
    return SystemError(f"<built-in function {function}> returned a result with an exception set")


def positional(function: str, arguments: tuple[Any, ...], *kinds: str) -> list[Any]:
    """Checks positional arguments against kinds: "str", "int", "float", "date", "bool".

    Raises:
        ArgumentsError: there are too many or too few, or a date cannot be read.
        SystemError: one has a wrong type.
    """
    if len(arguments) != len(kinds):
        raise ArgumentsError
    return [_convert(function, argument, kind) for argument, kind in zip(arguments, kinds, strict=True)]


def _convert(function: str, argument: Any, kind: str) -> Any:
    if kind == "date":
        return date(argument)
    if kind == "bool":
        return bool(argument)
    accepted: dict[str, tuple[type, ...]] = {"str": (str,), "int": (int,), "float": (int, float)}
    if not isinstance(argument, accepted[kind]):
        raise wrong_type(function)
    return float(argument) if kind == "float" else argument  # type: ignore[arg-type]


def date(argument: Any) -> int:
    """Epoch seconds of an int, float or datetime; a naive datetime is read in the PC's own time zone.

    Raises:
        ArgumentsError: it is something else.
    """
    if isinstance(argument, datetime):
        argument = argument.timestamp()
    if not isinstance(argument, (int, float)):
        raise ArgumentsError
    return (int(argument) + 2**31) % 2**32 - 2**31


def keyword(keywords: dict[str, Any], name: str, kind: type, default: Any) -> Any:
    """One keyword argument of a type.

    Raises:
        ArgumentsError: it has another type or is too long.
    """
    content = keywords.get(name, default)
    if not isinstance(content, kind) or (isinstance(content, str) and len(content) > _MAX_GROUP):
        raise ArgumentsError(f'Invalid "{name}" argument')
    return content


def trade_request(function: str, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """The TradeRequest of order_send and order_check: one positional dict, or keywords only.

    Raises:
        ArgumentsError: both, neither, or a field of a wrong type.
        SystemError: a negative integer.
    """
    if arguments and keywords:
        raise ArgumentsError("Unnamed arguments not allowed")
    if arguments:
        if len(arguments) != 1 or not isinstance(arguments[0], dict):
            raise ArgumentsError
        content = arguments[0]
    elif keywords:
        content = keywords
    else:
        raise ArgumentsError
    return TradeRequest(_field(function, name, content) for name in TradeRequest.__match_args__)


def _field(function: str, name: str, content: dict[str, Any]) -> Any:
    invalid = ArgumentsError(f'Invalid "{name}" argument')
    if name in _TEXTS:
        text = content.get(name, "")
        if not isinstance(text, str) or len(text) > _MAX_TEXT:
            raise invalid
        return text
    if name in _INTEGERS:
        number = content.get(name, 0)
        if not isinstance(number, int):
            raise invalid
        if number < 0 or number >= 2**64:
            raise wrong_type(function)
        return number
    price = content.get(name, 0.0)
    if not isinstance(price, float):
        raise invalid
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

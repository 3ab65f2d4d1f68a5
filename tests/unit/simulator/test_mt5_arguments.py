from datetime import UTC, datetime

import numpy as np
import pytest

from agent_core.simulator.arguments import ArgumentsError, date, in_group, positional, trade_request


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("sl", 0, 'Invalid "sl" argument'),
        ("volume", 1, 'Invalid "volume" argument'),
        ("deviation", 1.0, 'Invalid "deviation" argument'),
        ("magic", np.int64(1), 'Invalid "magic" argument'),
        ("expiration", datetime.now(UTC), 'Invalid "expiration" argument'),
        ("comment", "x" * 31, 'Invalid "comment" argument'),
        ("symbol", 5, 'Invalid "symbol" argument'),
    ],
)
def test_a_request_field_of_the_wrong_type_is_named(field: str, value: object, text: str) -> None:
    with pytest.raises(ArgumentsError) as error:
        trade_request("order_send", ({field: value},), {})
    assert error.value.text == text


def test_a_request_takes_a_dict_or_keywords_and_ignores_unknown_fields() -> None:
    by_dict = trade_request("order_send", ({"symbol": "EURUSD", "volume": 0.1, "colour": "red"},), {})
    by_keywords = trade_request("order_send", (), {"symbol": "EURUSD", "volume": 0.1})
    assert by_dict == by_keywords
    assert (by_dict.symbol, by_dict.volume, by_dict.sl, by_dict.comment) == ("EURUSD", 0.1, 0.0, "")


def test_a_request_by_dict_and_keywords_is_refused() -> None:
    with pytest.raises(ArgumentsError, match="Unnamed arguments not allowed"):
        trade_request("order_send", ({},), {"symbol": "EURUSD"})


def test_a_negative_integer_is_a_system_error() -> None:
    with pytest.raises(SystemError, match="built-in function order_send"):
        trade_request("order_send", ({"magic": -1},), {})


def test_positional_arguments_are_counted_and_typed() -> None:
    assert positional("f", ("EURUSD", 5, 1), "str", "int", "float") == ["EURUSD", 5, 1.0]
    with pytest.raises(ArgumentsError, match="Invalid arguments"):
        positional("f", ("EURUSD",), "str", "int")
    with pytest.raises(SystemError):
        positional("f", (5,), "str")


def test_dates_are_epoch_seconds_of_the_given_wall_clock() -> None:
    assert date(datetime(2026, 1, 2, tzinfo=UTC)) == date(1767312000) == date(1767312000.9) == 1767312000
    with pytest.raises(ArgumentsError):
        date(np.int64(5))


@pytest.mark.parametrize(
    ("group", "name", "inside"),
    [
        ("*", "EURUSD", True), ("*USD*", "EURUSD", True), ("EUR*", "EURUSD", True), ("eur*", "EURUSD", False),
        ("EUR*,!*JPY", "EURJPY", False), ("!*JPY,EUR*", "EURJPY", False), ("!*JPY", "EURUSD", False),
        ("*,!EURUSD", "GBPUSD", True), ("EURUSD", "EURUSD", True), ("*EUR*EUR*", "EURUSD", False),
    ],
)  # fmt: skip
def test_group_filter(group: str, name: str, inside: bool) -> None:
    assert in_group(name, group) is inside

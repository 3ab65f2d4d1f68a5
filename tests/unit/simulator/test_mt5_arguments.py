from datetime import UTC, datetime

import numpy as np
import pytest

from agent_core.simulator.arguments import (
    ArgumentsError,
    ConversionError,
    LateConversionError,
    date,
    in_group,
    positional,
    trade_request,
)


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("sl", 0, 'Invalid "sl" argument'),
        ("volume", 1, 'Invalid "volume" argument'),
        ("deviation", 1.0, 'Invalid "deviation" argument'),
        ("magic", np.int64(1), 'Invalid "magic" argument'),
        ("expiration", datetime.now(UTC), 'Invalid "expiration" argument'),
        ("comment", "x" * 30, 'Invalid "comment" argument'),
        ("comment", "😀" * 15, 'Invalid "comment" argument'),
        ("symbol", "x" * 30, 'Invalid "symbol" argument'),
        ("symbol", 5, 'Invalid "symbol" argument'),
    ],
)
def test_a_request_field_of_the_wrong_type_is_named(field: str, value: object, text: str) -> None:
    with pytest.raises(ArgumentsError) as error:
        trade_request(({field: value},), {})
    assert error.value.text == text


def test_a_request_takes_a_dict_or_keywords_and_ignores_unknown_fields() -> None:
    by_dict = trade_request(({"symbol": "EURUSD", "volume": 0.1, "colour": "red"},), {})
    by_keywords = trade_request((), {"symbol": "EURUSD", "volume": 0.1})
    assert by_dict == by_keywords
    assert (by_dict.symbol, by_dict.volume, by_dict.sl, by_dict.comment) == ("EURUSD", 0.1, 0.0, "")


def test_a_request_by_dict_and_keywords_is_refused() -> None:
    with pytest.raises(ArgumentsError, match="Unnamed arguments not allowed"):
        trade_request(({},), {"symbol": "EURUSD"})


@pytest.mark.parametrize(
    ("field", "value"), [("magic", -1), ("action", 2**32), ("magic", 2**64), ("expiration", 2**63)]
)
def test_an_integer_out_of_its_range_is_a_conversion_error(field: str, value: int) -> None:
    with pytest.raises(ConversionError, match=f'Invalid "{field}" argument'):
        trade_request(({field: value},), {})


def test_positional_arguments_are_counted_and_typed() -> None:
    assert positional(("EURUSD", np.int64(5), 1), "str", "int", "float") == ["EURUSD", 5, 1.0]
    with pytest.raises(ArgumentsError, match="Invalid arguments"):
        positional(("EURUSD",), "str", "int")
    with pytest.raises(ArgumentsError, match="Invalid arguments"):
        positional((5,), "str")
    with pytest.raises(ConversionError):
        positional((None, "words"), "str", "int")


def test_dates_are_epoch_seconds_of_the_given_wall_clock() -> None:
    assert date(datetime(2026, 1, 2, tzinfo=UTC)) == date(1767312000) == date(1767312000.9) == 1767312000
    with pytest.raises(ArgumentsError):
        date(np.int64(5))
    with pytest.raises(ConversionError):
        positional((2**31, 5), "date", "date")
    with pytest.raises(LateConversionError):
        positional((5, 2**31), "date", "date")


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

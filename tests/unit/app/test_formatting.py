"""Numbers and times as the window writes them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from app import formatting

THIN = "\u2009"


@pytest.mark.parametrize(
    ("value", "digits", "signed", "text"),
    [
        (10482.36, 2, False, f"10{THIN}482.36"),
        (Decimal("1234567.891"), 2, False, f"1{THIN}234{THIN}567.89"),
        (-0.42, 2, False, "−0.42"),
        (126.9, 2, True, "+126.90"),
        (0, 2, True, "0.00"),
        (-0.001, 2, True, "0.00"),
        (2.675, 2, False, "2.68"),
        (None, 2, False, "–"),
    ],
)
def test_number(value: float | Decimal | None, digits: int, signed: bool, text: str) -> None:
    assert formatting.number(value, digits, signed=signed) == text


def test_money_percent_price_and_lots() -> None:
    assert formatting.money(660.75, 2, "USD") == "660.75 USD"
    assert formatting.money(None, 2, "USD") == "–"
    assert formatting.percent(1842, 0) == f"1{THIN}842 %"
    assert formatting.percent(-0.42) == "−0.42 %"
    assert formatting.price(2034.1, 2) == "2034.10"
    assert formatting.price(1.08418, 5) == "1.08418"
    assert [formatting.lots(value) for value in (0.61, 1, Decimal("0.001"), 0.5)] == ["0.61", "1.00", "0.001", "0.50"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "–"), (-1, "0.0 s"), (0.44, "0.4 s"), (9.96, "9 s"), (59.9, "59 s"), (60, "1 min"), (7200, "2 h"),
     (200_000, "2 d")],
)  # fmt: skip
def test_age(seconds: float | None, text: str) -> None:
    assert formatting.age(seconds) == text


def test_seconds_since_and_tone() -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert formatting.seconds_since(now - timedelta(seconds=4), now) == 4
    assert formatting.seconds_since(None) is None
    assert [formatting.tone(value) for value in (1, -1, 0, None)] == ["up", "down", "flat", "flat"]


def test_days_of_another_year_name_it() -> None:
    assert formatting.day_and_time(datetime(2020, 2, 3, 12, 30, tzinfo=UTC)).startswith("3 Feb 2020 ")
    assert str(datetime.now().astimezone().year) not in formatting.day_and_time(datetime.now(UTC))
    assert formatting.day_and_time(None) == formatting.clock(None) == "–"

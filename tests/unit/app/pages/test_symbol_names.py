import pytest

from app.settings.symbols import parse_names


def test_a_line_of_names_becomes_pairs() -> None:
    assert parse_names(" EUR/USD = EURUSD.r, XAUUSD=GOLD ,") == {"EURUSD": "EURUSD.r", "XAUUSD": "GOLD"}
    assert parse_names("") == {}


@pytest.mark.parametrize("text", ["EURUSD", "EURUSD =", "= GOLD", "EURUSD GOLD"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_names(text)

"""Numbers and times as a trader reads them: thin space between thousands, a true minus sign."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from app.language import tr

THIN_SPACE = "\u2009"
MINUS = "\u2212"
NONE = "–"

Number = Decimal | float | int


@lru_cache(maxsize=4096)
def number(value: Number | None, digits: int = 2, *, signed: bool = False) -> str:
    """Returns a number with fixed digits, as `10 482.36`; `signed` writes a plus sign too, but never before zero."""
    if value is None:
        return NONE
    exact = Decimal(str(value)).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    text = f"{abs(exact):,.{digits}f}".replace(",", THIN_SPACE)
    if exact < 0:
        return MINUS + text
    return f"+{text}" if signed and exact > 0 else text


def money(value: Number | None, digits: int = 2, currency: str = "", *, signed: bool = False) -> str:
    """Returns an amount, with its currency behind it when given: `660.75 USD`."""
    text = number(value, digits, signed=signed)
    return f"{text} {currency}" if currency and value is not None else text


def percent(value: Number | None, digits: int = 2, *, signed: bool = False) -> str:
    """Returns a percentage that is given in percent: `−0.42 %`."""
    return NONE if value is None else f"{number(value, digits, signed=signed)} %"


def price(value: Number | None, digits: int) -> str:
    """Returns a price with its symbol's digits; prices carry no thousands separator."""
    return NONE if value is None else number(value, digits).replace(THIN_SPACE, "")


def lots(value: Number | None) -> str:
    """Returns a volume in lots with at least two digits: `0.61`, `0.001`."""
    if value is None:
        return NONE
    exact = Decimal(str(value)).normalize()
    return number(exact, max(2, -int(exact.as_tuple().exponent)))


def age(seconds: float | None) -> str:
    """Returns how long ago something was, shortly: `0.4 s`, `12 s`, `3 min`, `2 h`, `5 d`."""
    if seconds is None:
        return NONE
    seconds = max(seconds, 0.0)
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    for limit, unit, name in ((60, 1, "s"), (3600, 60, "min"), (86400, 3600, "h")):
        if seconds < limit:
            return f"{int(seconds // unit)} {name}"
    return f"{int(seconds // 86400)} d"


def milliseconds(value: float | None) -> str:
    """Returns a duration in whole milliseconds: `12 ms`."""
    return NONE if value is None else f"{number(value, 0)} ms"


def seconds_since(moment: datetime | None, now: datetime | None = None) -> float | None:
    """Returns the seconds from an aware moment until now; None when there was none."""
    return None if moment is None else ((now or datetime.now(UTC)) - moment).total_seconds()


def clock(moment: datetime | None) -> str:
    """Returns the local time of day, `14:07:32`."""
    return NONE if moment is None else moment.astimezone().strftime("%H:%M:%S")


def day_and_time(moment: datetime | None) -> str:
    """Returns local date and time, `22 Nov 14:07`; with the year when it is not this one."""
    if moment is None:
        return NONE
    local = moment.astimezone()
    year = "" if local.year == datetime.now().astimezone().year else f" {local.year}"
    return f"{local.day} {month(local)}{year} {local:%H:%M}"


def month(moment: datetime) -> str:
    """Returns the short name of a month."""
    return tr(f"{moment:%b}")


def tone(value: Number | None) -> str:
    """Returns the label tone of a result: `up`, `down` or `flat`."""
    if value is None or value == 0:
        return "flat"
    return "up" if value > 0 else "down"

"""Bands around the price."""

from app.chart.columns import Columns
from app.chart.indicators.base import Indicator, Output, Settings, Source, factor, period
from app.chart.indicators.recursion import ema, wilder
from app.chart.indicators.trend import true_range
from app.chart.indicators.windows import deviation, highest, lowest, mean

_FAMILY = "Bands"
_OUTPUTS = (
    Output("upper", "upper", "accent"),
    Output("middle", "middle", "mute"),
    Output("lower", "lower", "accent"),
)


def _bollinger(source: Source, out: Columns, start: int, settings: Settings) -> None:
    length = int(settings["period"])
    means = mean(source.close, length, start)
    away = settings["deviations"] * deviation(source.close, means, length, start)
    out["middle"][start:] = means
    out["upper"][start:], out["lower"][start:] = means + away, means - away


def _keltner(source: Source, out: Columns, start: int, settings: Settings) -> None:
    out["range"][start:] = true_range(source, start)
    ema(out["middle"], source.close, int(settings["period"]), start)
    wilder(out["atr"], out["range"], int(settings["atr"]), start, lead=1)
    away = settings["factor"] * out["atr"][start:]
    middle = out["middle"][start:]
    out["upper"][start:], out["lower"][start:] = middle + away, middle - away


def _donchian(source: Source, out: Columns, start: int, settings: Settings) -> None:
    length = int(settings["period"])
    upper, lower = highest(source.high, length, start), lowest(source.low, length, start)
    out["upper"][start:], out["lower"][start:] = upper, lower
    out["middle"][start:] = (upper + lower) / 2


BANDS = (
    Indicator(
        "bollinger", "Bollinger Bands", "BB", _FAMILY,
        (period(20), factor(2.0, "deviations", "Deviations")), _OUTPUTS, _bollinger, band=("upper", "lower"),
    ),
    Indicator(
        "keltner", "Keltner Channel", "KC", _FAMILY,
        (period(20), period(10, "atr", "ATR period"), factor(2.0, "factor", "ATR factor")), _OUTPUTS, _keltner,
        state=("range", "atr"), band=("upper", "lower"),
    ),
    Indicator(
        "donchian", "Donchian Channel", "DC", _FAMILY, (period(20),), _OUTPUTS, _donchian, band=("upper", "lower"),
    ),
)  # fmt: skip

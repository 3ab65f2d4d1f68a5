"""Bands around the price."""

import numpy as np

from app.chart.indicators.base import Indicator, Output, Settings, Source, Window, factor, period
from app.chart.indicators.recursion import ema, wilder
from app.chart.indicators.trend import true_range
from app.chart.indicators.windows import deviation, highest, lowest, mean

_FAMILY = "Bands"
_AROUND = (
    Output("upper", "upper", "accent", made=(np.add, "middle", "away")),
    Output("middle", "middle", "mute"),
    Output("lower", "lower", "accent", made=(np.subtract, "middle", "away")),
)
_EXTREMES = (
    Output("upper", "upper", "accent"),
    Output("middle", "middle", "mute"),
    Output("lower", "lower", "accent"),
)


def _bollinger(source: Source, out: Window, start: int, settings: Settings) -> None:
    length = int(settings["period"])
    means = mean(source.close, length, start)
    out["middle"][start:] = means
    out["away"][start:] = settings["deviations"] * deviation(source.close, means, length, start)


def _keltner(source: Source, out: Window, start: int, settings: Settings) -> None:
    out["range"][start:] = true_range(source, start)
    ema(out["middle"], source.close, int(settings["period"]), start)
    wilder(out["atr"], out["range"], int(settings["atr"]), start, lead=1)
    out["away"][start:] = settings["factor"] * out["atr"][start:]


def _donchian(source: Source, out: Window, start: int, settings: Settings) -> None:
    length = int(settings["period"])
    upper, lower = highest(source.high, length, start), lowest(source.low, length, start)
    out["upper"][start:], out["lower"][start:] = upper, lower
    out["middle"][start:] = (upper + lower) / 2


BANDS = (
    Indicator(
        "bollinger", "Bollinger Bands", "BB", _FAMILY,
        (period(20), factor(2.0, "deviations", "Deviations")), _AROUND, _bollinger,
        state=("away",), band=("upper", "lower"),
    ),
    Indicator(
        "keltner", "Keltner Channel", "KC", _FAMILY,
        (period(20), period(10, "atr", "ATR period"), factor(2.0, "factor", "ATR factor")), _AROUND, _keltner,
        state=("range", "atr", "away"), band=("upper", "lower"),
    ),
    Indicator(
        "donchian", "Donchian Channel", "DC", _FAMILY, (period(20),), _EXTREMES, _donchian, band=("upper", "lower"),
    ),
)  # fmt: skip

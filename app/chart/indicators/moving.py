"""Moving averages of the close."""

from app.chart.indicators.base import Indicator, Output, Settings, Source, Window, period
from app.chart.indicators.recursion import ema
from app.chart.indicators.windows import mean, weighted_mean

_FAMILY = "Averages"


def _sma(source: Source, out: Window, start: int, settings: Settings) -> None:
    out["value"][start:] = mean(source.close, int(settings["period"]), start)


def _ema(source: Source, out: Window, start: int, settings: Settings) -> None:
    ema(out["value"], source.close, int(settings["period"]), start)


def _wma(source: Source, out: Window, start: int, settings: Settings) -> None:
    out["value"][start:] = weighted_mean(source.close, int(settings["period"]), start)


MOVING = (
    Indicator("sma", "Moving average", "MA", _FAMILY, (period(20),), (Output("value", "", "warning"),), _sma),
    Indicator("ema", "Exponential average", "EMA", _FAMILY, (period(20),), (Output("value", "", "accent"),), _ema),
    Indicator("wma", "Weighted average", "WMA", _FAMILY, (period(20),), (Output("value", "", "owner"),), _wma),
)

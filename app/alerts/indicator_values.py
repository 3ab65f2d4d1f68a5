"""The indicators that alerts can watch, and their newest values."""

import math
from typing import get_args

from agent_core.protocol.market import Timeframe
from agent_core.terminal.models import Bars
from app.alerts.price_alert import IndicatorLevel
from app.chart.indicators import INDICATORS, ActiveIndicator, IndicatorSpec, Source

TIMEFRAMES: tuple[Timeframe, ...] = get_args(Timeframe)


def choices() -> dict[str, str]:
    """Returns the indicators with a level of their own, such as RSI: title by key."""
    return {key: ActiveIndicator(IndicatorSpec(key=key)).title for key, kind in INDICATORS.items() if kind.pane}


def last_value(watched: IndicatorLevel, bars: Bars) -> float:
    """Returns the indicator at the newest bar; NaN where there are not enough bars, or it is not known any more."""
    if watched.key not in INDICATORS or not len(bars):
        return math.nan
    indicator = ActiveIndicator(IndicatorSpec(key=watched.key))
    indicator.update(Source(bars, watched.timeframe), 0)
    return float(indicator.values(indicator.kind.outputs[0].name)[-1])

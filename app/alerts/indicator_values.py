"""The indicators that alerts can watch, and their newest values."""

import math
from collections.abc import Mapping
from typing import get_args

from agent_core.protocol.market import Timeframe
from agent_core.terminal.models import Bars
from app.alerts.price_alert import IndicatorLevel
from app.chart.indicators import INDICATORS, ActiveIndicator, Indicator, IndicatorSpec, Source

TIMEFRAMES: tuple[Timeframe, ...] = get_args(Timeframe)
#: Bars an indicator is worked out on, and how often its longest period goes into them at least.
_BARS, _PERIODS = 500, 5


def choices() -> list[Indicator]:
    """Returns the indicators with a level of their own, such as RSI."""
    return [kind for kind in INDICATORS.values() if kind.pane]


def watched_level(key: str, timeframe: Timeframe, settings: Mapping[str, float]) -> IndicatorLevel:
    """Returns an indicator with these parameters as an alert keeps it."""
    active = ActiveIndicator(IndicatorSpec(key=key, settings=dict(settings)))
    return IndicatorLevel(
        key=key, timeframe=timeframe, title=f"{active.title} {timeframe}", settings=active.spec.settings
    )


def indicator_title(watched: IndicatorLevel) -> str | None:
    """Returns the indicator's name with its parameters, as a chart's legend shows it; None for one unknown by now."""
    if watched.key not in INDICATORS:
        return None
    return ActiveIndicator(IndicatorSpec(key=watched.key, settings=watched.settings)).title


def bars_for(watched: IndicatorLevel) -> int:
    """Returns how many bars the newest value needs, so that what came before them does not matter."""
    return max(_BARS, round(_PERIODS * max(watched.settings.values(), default=0.0)))


def last_value(watched: IndicatorLevel, bars: Bars) -> float:
    """Returns the indicator at the newest bar; NaN where there are not enough bars, or it is not known any more."""
    if watched.key not in INDICATORS or not len(bars):
        return math.nan
    indicator = ActiveIndicator(IndicatorSpec(key=watched.key, settings=watched.settings))
    indicator.update(Source(bars, watched.timeframe), 0)
    return float(indicator.values(indicator.kind.outputs[0].name)[-1])

"""All indicators by key."""

from app.chart.indicators.bands import BANDS
from app.chart.indicators.base import Indicator
from app.chart.indicators.levels import LEVELS
from app.chart.indicators.moving import MOVING
from app.chart.indicators.oscillators import OSCILLATORS
from app.chart.indicators.trend import TREND

INDICATORS: dict[str, Indicator] = {
    indicator.key: indicator for indicator in (*MOVING, *BANDS, *TREND, *LEVELS, *OSCILLATORS)
}

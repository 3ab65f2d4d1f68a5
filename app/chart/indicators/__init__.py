"""Technical indicators: one module a family, all computed from any bar on, so an update equals the batch."""

from app.chart.indicators.active import ActiveIndicator, IndicatorSpec
from app.chart.indicators.base import Indicator, Output, Parameter, Source
from app.chart.indicators.catalogue import INDICATORS

__all__ = ["INDICATORS", "ActiveIndicator", "Indicator", "IndicatorSpec", "Output", "Parameter", "Source"]

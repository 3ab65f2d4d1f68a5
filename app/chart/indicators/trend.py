"""Range and direction: ATR, ADX, SuperTrend, Parabolic SAR."""

import numpy as np

from app.chart.columns import Floats
from app.chart.indicators.base import Indicator, Output, Settings, Source, Window, factor, period
from app.chart.indicators.recursion import wilder
from app.chart.indicators.windows import previous

_FAMILY = "Trend"


def true_range(source: Source, start: int) -> Floats:
    """Returns the true range from `start` on; NaN for the first bar, which has no bar before it."""
    high, low, before = source.high[start:], source.low[start:], previous(source.close, start)
    return np.maximum(high, before) - np.minimum(low, before)


def _atr(source: Source, out: Window, start: int, settings: Settings) -> None:
    out["range"][start:] = true_range(source, start)
    wilder(out["value"], out["range"], int(settings["period"]), start, lead=1)


def _adx(source: Source, out: Window, start: int, settings: Settings) -> None:
    length = int(settings["period"])
    rise = source.high[start:] - previous(source.high, start)
    fall = previous(source.low, start) - source.low[start:]
    out["range"][start:] = true_range(source, start)
    out["rises"][start:] = np.where((rise > fall) & (rise > 0), rise, 0.0)
    out["falls"][start:] = np.where((fall > rise) & (fall > 0), fall, 0.0)
    for average, values in (("ranges", "range"), ("up", "rises"), ("down", "falls")):
        wilder(out[average], out[values], length, start, lead=1)
    ranges = out["ranges"][start:]
    for name, average in (("plus", "up"), ("minus", "down")):
        out[name][start:] = _percent(out[average][start:], ranges)
    plus, minus = out["plus"][start:], out["minus"][start:]
    out["dx"][start:] = _percent(np.abs(plus - minus), plus + minus)
    wilder(out["adx"], out["dx"], length, start, lead=length)


def _percent(part: Floats, whole: Floats) -> Floats:
    # A market that did not move has no direction.
    return np.where(whole == 0, 0.0, 100 * part / np.where(whole == 0, 1.0, whole))


def _supertrend(source: Source, out: Window, start: int, settings: Settings) -> None:
    length = int(settings["period"])
    out["range"][start:] = true_range(source, start)
    wilder(out["atr"], out["range"], length, start, lead=1)
    away = settings["factor"] * out["atr"][start:]
    middle = (source.high[start:] + source.low[start:]) / 2
    first = max(start, length)
    for name in ("value", "upper", "lower", "direction"):
        out[name][start:first] = np.nan
    if first >= len(source):
        return
    begun = first > length
    upper, lower, direction, last = (
        (out["upper"][first - 1], out["lower"][first - 1], out["direction"][first - 1], source.close[first - 1])
        if begun else (np.inf, -np.inf, 1.0, 0.0)
    )  # fmt: skip
    rows: list[tuple[float, float, float, float]] = []
    tops, feet = (middle + away)[first - start :].tolist(), (middle - away)[first - start :].tolist()
    for top, foot, close in zip(tops, feet, source.close[first:].tolist(), strict=True):
        # A band only moves toward the price, until the price closes beyond it.
        was_upper, was_lower = upper, lower
        upper = top if top < was_upper or last > was_upper else was_upper
        lower = foot if foot > was_lower or last < was_lower else was_lower
        if close > was_upper:
            direction = 1.0
        elif close < was_lower:
            direction = -1.0
        rows.append((lower if direction > 0 else upper, upper, lower, direction))
        last = close
    for name, column in zip(("value", "upper", "lower", "direction"), np.array(rows).T, strict=True):
        out[name][first:] = column


def _sar(source: Source, out: Window, start: int, settings: Settings) -> None:
    step, most = settings["step"], settings["most"]
    first = max(start, 1)
    for name in ("value", "next", "extreme", "speed", "direction"):
        out[name][start:first] = np.nan
    if first >= len(source):
        return
    if first == 1:
        rise, fall = source.high[1] - source.high[0], source.low[0] - source.low[1]
        direction = -1.0 if fall > rise and fall > 0 else 1.0
        # The first stop is the extreme of the bar before, the second bar is in the trade.
        following = source.low[0] if direction > 0 else source.high[0]
        extreme, speed = (source.high[1] if direction > 0 else source.low[1]), step
    else:
        following, extreme, speed, direction = (
            float(out[name][first - 1]) for name in ("next", "extreme", "speed", "direction")
        )
    highs, lows = source.high[first - 1 :].tolist(), source.low[first - 1 :].tolist()
    if first == 1:
        highs[0], lows[0] = highs[1], lows[1]  # the trade begins with the second bar
    rows: list[tuple[float, float, float, float, float]] = []
    for number in range(1, len(highs)):
        high, low, before_high, before_low = highs[number], lows[number], highs[number - 1], lows[number - 1]
        if (direction > 0 and low <= following) or (direction < 0 and high >= following):
            stop = max(extreme, before_high, high) if direction > 0 else min(extreme, before_low, low)
            direction, speed = -direction, step
            extreme = low if direction < 0 else high
        else:
            stop = following
            if (direction > 0 and high > extreme) or (direction < 0 and low < extreme):
                extreme, speed = (high if direction > 0 else low), min(speed + step, most)
        following = stop + speed * (extreme - stop)
        following = min(following, before_low, low) if direction > 0 else max(following, before_high, high)
        rows.append((stop, following, extreme, speed, direction))
    for name, column in zip(("value", "next", "extreme", "speed", "direction"), np.array(rows).T, strict=True):
        out[name][first:] = column


TREND = (
    Indicator(
        "atr", "Average True Range", "ATR", _FAMILY, (period(14),), (Output("value", "", "warning"),), _atr,
        pane=True, state=("range",),
    ),
    Indicator(
        "adx", "Average Directional Index", "ADX", _FAMILY, (period(14),),
        (Output("adx", "ADX", "warning"), Output("plus", "+DI", "up"), Output("minus", "−DI", "down")), _adx,
        pane=True, state=("range", "rises", "falls", "ranges", "up", "down", "dx"), levels=(25.0,),
    ),
    Indicator(
        "supertrend", "SuperTrend", "ST", _FAMILY, (period(10), factor(3.0, "factor", "ATR factor")),
        (Output("value", "", "warning", breaks="direction"),), _supertrend,
        state=("range", "atr", "upper", "lower", "direction"),
    ),
    Indicator(
        "sar", "Parabolic SAR", "SAR", _FAMILY,
        (factor(0.02, "step", "Step", 1.0, 3), factor(0.2, "most", "Most", 1.0, 3)),
        (Output("value", "", "owner", "dots"),), _sar, state=("next", "extreme", "speed", "direction"),
    ),
)  # fmt: skip

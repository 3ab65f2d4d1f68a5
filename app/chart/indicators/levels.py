"""Ichimoku, and what starts anew each session: VWAP and pivots."""

import numpy as np

from app.chart.columns import Floats
from app.chart.indicators.base import Indicator, Output, Settings, Source, Window, period
from app.chart.indicators.windows import highest, lowest


def _ichimoku(source: Source, out: Window, start: int, settings: Settings) -> None:
    def middle(name: str) -> Floats:
        length = int(settings[name])
        return (highest(source.high, length, start) + lowest(source.low, length, start)) / 2

    out["turning"][start:], out["base"][start:] = middle("turning"), middle("base")
    out["ahead"][start:] = (out["turning"][start:] + out["base"][start:]) / 2
    out["far"][start:] = middle("far")
    out["behind"][start:] = source.close[start:]


def _vwap(source: Source, out: Window, start: int, _settings: Settings) -> None:
    if start >= len(source):
        return
    typical = (source.high[start:] + source.low[start:] + source.close[start:]) / 3
    volume = np.maximum(source.volume[start:].astype(np.float64), 1.0)
    first = max(0, start - 1)
    sessions = source.sessions(first).tolist()
    out["session"][start:] = sessions[len(sessions) - len(typical) :]
    before = sessions.pop(0) if start else None
    turnover, total = (float(out["turnover"][start - 1]), float(out["total"][start - 1])) if start else (0.0, 0.0)
    rows: list[tuple[float, float]] = []
    for session, money, amount in zip(sessions, (typical * volume).tolist(), volume.tolist(), strict=True):
        if session != before:
            turnover = total = 0.0
            before = session
        turnover, total = turnover + money, total + amount
        rows.append((turnover, total))
    sums = np.array(rows).T
    out["turnover"][start:], out["total"][start:] = sums
    out["value"][start:] = sums[0] / sums[1]


def _pivots(source: Source, out: Window, start: int, _settings: Settings) -> None:
    if start >= len(source):
        return
    first = max(0, start - 1)
    sessions = source.sessions(first).tolist()
    closes = source.close[first:].tolist()
    names = ("high", "low", "past_high", "past_low", "past_close")
    nan = float("nan")
    high, low, past_high, past_low, past_close = (
        (float(out[name][start - 1]) for name in names) if start else (nan,) * 5
    )
    before, last = (sessions.pop(0), closes.pop(0)) if start else (None, nan)
    rows: list[tuple[float, ...]] = []
    bars = zip(sessions, source.high[start:].tolist(), source.low[start:].tolist(), closes, strict=True)
    for session, top, foot, close in bars:
        if session != before:
            past_high, past_low, past_close = high, low, last
            high, low, before = top, foot, session
        high, low, last = max(high, top), min(low, foot), close
        rows.append((high, low, past_high, past_low, past_close))
    for name, column in zip(names, np.array(rows).T, strict=True):
        out[name][start:] = column
    top, foot = out["past_high"][start:], out["past_low"][start:]
    pivot = (top + foot + out["past_close"][start:]) / 3
    out["pivot"][start:] = pivot
    out["r1"][start:], out["s1"][start:] = 2 * pivot - foot, 2 * pivot - top
    out["r2"][start:], out["s2"][start:] = pivot + (top - foot), pivot - (top - foot)


LEVELS = (
    Indicator(
        "ichimoku", "Ichimoku Cloud", "Ichimoku", "Trend",
        (
            period(9, "turning", "Tenkan"), period(26, "base", "Kijun"), period(52, "far", "Senkou B"),
            period(26, "shift", "Displacement"),
        ),
        (
            Output("turning", "Tenkan", "accent"), Output("base", "Kijun", "down"),
            Output("ahead", "Senkou A", "up", shift="shift"), Output("far", "Senkou B", "down", shift="shift"),
            Output("behind", "Chikou", "mute", shift="-shift"),
        ),
        _ichimoku, band=("ahead", "far"),
    ),
    Indicator(
        "vwap", "VWAP", "VWAP", "Sessions", (), (Output("value", "", "owner", breaks="session"),), _vwap,
        state=("turnover", "total", "session"),
    ),
    Indicator(
        "pivots", "Pivot points", "Pivots", "Sessions", (),
        (
            Output("r2", "R2", "down", breaks="pivot"), Output("r1", "R1", "down", breaks="pivot"),
            Output("pivot", "P", "warning", breaks="pivot"),
            Output("s1", "S1", "up", breaks="pivot"), Output("s2", "S2", "up", breaks="pivot"),
        ),
        _pivots, state=("high", "low", "past_high", "past_low", "past_close"),
    ),
)  # fmt: skip

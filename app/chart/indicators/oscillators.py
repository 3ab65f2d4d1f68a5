"""Oscillators: RSI, MACD, Stochastic, CCI."""

import numpy as np

from app.chart.indicators.base import Indicator, Output, Settings, Source, Window, period
from app.chart.indicators.recursion import ema, wilder
from app.chart.indicators.windows import highest, lowest, mean, mean_deviation, previous

_FAMILY = "Oscillators"


def _rsi(source: Source, out: Window, start: int, settings: Settings) -> None:
    length = int(settings["period"])
    change = source.close[start:] - previous(source.close, start)
    out["gain"][start:], out["loss"][start:] = np.maximum(change, 0.0), np.maximum(-change, 0.0)
    wilder(out["gains"], out["gain"], length, start, lead=1)
    wilder(out["losses"], out["loss"], length, start, lead=1)
    gains, losses = out["gains"][start:], out["losses"][start:]
    total = gains + losses
    out["value"][start:] = np.where(total == 0, 50.0, 100 * gains / np.where(total == 0, 1.0, total))


def _macd(source: Source, out: Window, start: int, settings: Settings) -> None:
    fast, slow, signal = (int(settings[name]) for name in ("fast", "slow", "signal"))
    ema(out["quick"], source.close, fast, start)
    ema(out["late"], source.close, slow, start)
    out["macd"][start:] = out["quick"][start:] - out["late"][start:]
    ema(out["signal"], out["macd"], signal, start, lead=max(fast, slow) - 1)


def _stochastic(source: Source, out: Window, start: int, settings: Settings) -> None:
    length, slowing, signal = (int(settings[name]) for name in ("period", "slowing", "signal"))
    top, foot = highest(source.high, length, start), lowest(source.low, length, start)
    spread = top - foot
    ratio = (source.close[start:] - foot) / np.where(spread == 0, 1.0, spread)
    out["raw"][start:] = np.where(spread == 0, 50.0, 100 * ratio)
    out["k"][start:] = mean(out["raw"], slowing, start, lead=length - 1)
    out["d"][start:] = mean(out["k"], signal, start, lead=length + slowing - 2)


def _cci(source: Source, out: Window, start: int, settings: Settings) -> None:
    length = int(settings["period"])
    out["typical"][start:] = (source.high[start:] + source.low[start:] + source.close[start:]) / 3
    means = mean(out["typical"], length, start)
    away = mean_deviation(out["typical"], means, length, start)
    flat = away <= np.abs(means) * 1e-13  # a flat market's rounding is no deviation
    out["value"][start:] = np.where(flat, 0.0, (out["typical"][start:] - means) / np.where(flat, 1.0, 0.015 * away))


OSCILLATORS = (
    Indicator(
        "rsi", "Relative Strength Index", "RSI", _FAMILY, (period(14),), (Output("value", "", "owner"),), _rsi,
        pane=True, state=("gain", "loss", "gains", "losses"), levels=(30.0, 70.0), bounds=(0.0, 100.0),
    ),
    Indicator(
        "macd", "MACD", "MACD", _FAMILY,
        (period(12, "fast", "Fast"), period(26, "slow", "Slow"), period(9, "signal", "Signal")),
        (
            Output("histogram", "hist", "mute", "columns", made=(np.subtract, "macd", "signal")),
            Output("macd", "MACD", "accent"),
            Output("signal", "signal", "warning"),
        ),
        _macd, pane=True, state=("quick", "late"), levels=(0.0,),
    ),
    Indicator(
        "stochastic", "Stochastic", "Stoch", _FAMILY,
        (period(14, title="%K period"), period(3, "slowing", "Slowing"), period(3, "signal", "%D period")),
        (Output("k", "%K", "accent"), Output("d", "%D", "warning")), _stochastic,
        pane=True, state=("raw",), levels=(20.0, 80.0), bounds=(0.0, 100.0),
    ),
    Indicator(
        "cci", "Commodity Channel Index", "CCI", _FAMILY, (period(20),), (Output("value", "", "accent"),), _cci,
        pane=True, state=("typical",), levels=(-100.0, 100.0),
    ),
)  # fmt: skip

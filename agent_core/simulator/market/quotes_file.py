"""Reads files of real quotes: Lean's zipped ticks and bars, ejtrader's .csv.xz bars.

Bars become ticks along open, low, high, close of a rising bar, or open, high, low, close of a falling one.
"""

import lzma
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from agent_core.simulator.market.bars import Integers
from agent_core.simulator.market.path import Floats
from agent_core.simulator.market.symbols import SYMBOLS, Symbol

_MINUTE_MSC = 60_000
_DAY_MSC = 86_400_000
#: Bars so near to the file's end are filled with ticks, older ones get four each: they serve as history alone.
FILLED_MSC = 45 * _DAY_MSC
_FILL_STEP_MSC = 5_000
_MAX_FILL = 17_280


@dataclass(frozen=True, slots=True)
class Quotes:
    """Ticks of a file in its own time; prices in points. `period_msc` is 0 for ticks, else the bars' length."""

    symbol: Symbol
    time_msc: Integers
    bid: Integers
    ask: Integers
    period_msc: int


def load_quotes(path: Path) -> Quotes:
    """Reads a file.

    Raises:
        ValueError: it holds no quotes of a symbol we know, or not in a format we know.
        OSError: it cannot be read.
    """
    symbol = symbol_of(path)
    try:
        rows = [line.split(",") for line in _text(path).split()] if path.suffix == ".zip" else []
        if rows and len(rows[0]) == 3:
            return _ticks(symbol, np.array(rows, np.float64))
        if rows:
            return _lean_bars(symbol, path)
        return _ejtrader_bars(symbol, path)
    except (ValueError, IndexError, KeyError, zipfile.BadZipFile, lzma.LZMAError, EOFError) as error:
        raise ValueError(f"{path} is not a file of quotes in a known format ({error}).") from error


def symbol_of(path: Path) -> Symbol:
    """The symbol a path names, in the file's name or a folder's.

    Raises:
        ValueError: none that we know.
    """
    for part in reversed(path.parts):
        for symbol in SYMBOLS.values():
            if symbol.name.lower() in part.lower():
                return symbol
    raise ValueError(f"The path {path} names no symbol of {', '.join(SYMBOLS)}.")


def _text(path: Path) -> str:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            return archive.read(archive.namelist()[0]).decode("ascii").replace(" ", "T")
    data = path.read_bytes()
    return (lzma.decompress(data) if path.suffix == ".xz" else data).decode("ascii")


def _ticks(symbol: Symbol, rows: Floats) -> Quotes:
    points = np.rint(rows[:, 1:] * symbol.scale).astype(np.int64)
    return Quotes(symbol, rows[:, 0].astype(np.int64), points[:, 0], points[:, 1], 0)


def _lean_bars(symbol: Symbol, path: Path) -> Quotes:
    columns = list(zip(*(line.split(",") for line in _text(path).split()), strict=True))
    if len(columns) != 11:
        raise ValueError(f"{len(columns)} columns")
    if "T" in columns[0][0]:
        stamps = [f"{c[:4]}-{c[4:6]}-{c[6:8]}T{c[9:]}" for c in columns[0]]
        times = np.array(stamps, "datetime64[ms]").astype(np.int64)
    else:
        times = np.array(columns[0], np.float64).astype(np.int64)
    prices = np.rint(np.array(columns[1:5] + columns[6:10], np.float64) * symbol.scale).astype(np.int64)
    return _bars(symbol, times, prices[:4], prices[4:])


def _ejtrader_bars(symbol: Symbol, path: Path) -> Quotes:
    lines = _text(path).splitlines()
    if not re.fullmatch(r"Date,open,high,low,close,tick_volume", lines[0]):
        raise ValueError("unknown header")
    columns = list(zip(*(line.split(",") for line in lines[1:]), strict=True))
    times = np.array(columns[0], "datetime64[ms]").astype(np.int64)
    prices = np.rint(np.array(columns[1:5], np.float64)).astype(np.int64)
    return _bars(symbol, times, prices, prices + symbol.spread)


def _bars(symbol: Symbol, times: Integers, bid: Integers, ask: Integers) -> Quotes:
    """Ticks of bars; `bid` and `ask` hold open, high, low, close."""
    period = int(np.diff(times).min())
    rising = bid[3] >= bid[0]
    bid_marks, ask_marks = (
        np.stack([p[0], np.where(rising, p[2], p[1]), np.where(rising, p[1], p[2]), p[3]], axis=1) for p in (bid, ask)
    )
    recent = times > times[-1] - FILLED_MSC if period >= _MINUTE_MSC else np.zeros(len(times), np.bool_)
    step = 1_000 if period <= _MINUTE_MSC else _FILL_STEP_MSC
    filled = min(max(period // step, 4), _MAX_FILL)
    parts = [
        _path(times[chosen], bid_marks[chosen], ask_marks[chosen], period, count)
        for chosen, count in ((~recent, 4), (recent, filled))
        if chosen.any()
    ]
    all_times, all_bid, all_ask = (np.concatenate(column) for column in zip(*parts, strict=True))
    changed = (np.diff(all_bid, prepend=-1) != 0) | (np.diff(all_ask, prepend=-1) != 0)
    starts = np.isin(all_times, times)
    keep = changed | starts
    return Quotes(symbol, all_times[keep], all_bid[keep], all_ask[keep], period)


def _path(
    times: Integers, bid_marks: Integers, ask_marks: Integers, period: int, count: int
) -> tuple[Integers, Integers, Integers]:
    """`count` ticks a bar through its four marks; between them a straight line with seeded noise inside the bar."""
    at = np.linspace(0, count - 1, 4).round().astype(np.int64)
    position = np.arange(count)
    left = np.clip(np.searchsorted(at, position, side="right") - 1, 0, 2)
    share = (position - at[left]) / (at[left + 1] - at[left])
    bid = bid_marks[:, left] + (bid_marks[:, left + 1] - bid_marks[:, left]) * share
    spread_marks = ask_marks - bid_marks
    spread = spread_marks[:, left] + (spread_marks[:, left + 1] - spread_marks[:, left]) * share
    low, high = bid_marks.min(axis=1, keepdims=True), bid_marks.max(axis=1, keepdims=True)
    noise = np.random.default_rng(count).normal(0.0, 1.0, bid.shape) * (high - low) / 12.0
    noise[:, at] = 0.0
    ticks = np.rint(np.clip(bid + noise, low, high)).astype(np.int64)
    stamps = times[:, None] + (position * period // count)[None, :]
    return stamps.ravel(), ticks.ravel(), (ticks + np.rint(spread).astype(np.int64)).ravel()

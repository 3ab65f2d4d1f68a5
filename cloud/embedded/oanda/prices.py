"""A market that is a pure function of time: any bar of any granularity agrees with the price at that moment."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

GRANULARITY_SECONDS = {
    "S5": 5, "S10": 10, "S15": 15, "S30": 30, "M1": 60, "M2": 120, "M4": 240, "M5": 300, "M10": 600, "M15": 900,
    "M30": 1800, "H1": 3600, "H2": 7200, "H3": 10800, "H4": 14400, "H6": 21600, "H8": 28800, "H12": 43200,
    "D": 86400, "W": 604800, "M": 2592000,
}  # fmt: skip
SAMPLES_A_BAR = 48

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Instrument:
    """What can be traded. `spread` is in price units, `home_rate` turns its quote currency into US dollars."""

    name: str
    base_price: float
    digits: int
    spread: float
    margin_rate: float = 0.02

    @property
    def pip_location(self) -> int:
        """Exponent of ten of one pip."""
        return 1 - self.digits


INSTRUMENTS = {
    item.name: item
    for item in (
        Instrument("EUR_USD", 1.1385, 5, 0.00012),
        Instrument("GBP_USD", 1.3120, 5, 0.00016),
        Instrument("USD_JPY", 155.20, 3, 0.014),
        Instrument("USD_CHF", 0.8060, 5, 0.00016),
        Instrument("AUD_USD", 0.6510, 5, 0.00014),
        Instrument("USD_CAD", 1.3990, 5, 0.00018),
        Instrument("NZD_USD", 0.5740, 5, 0.00018),
        Instrument("EUR_JPY", 176.70, 3, 0.022),
        Instrument("XAU_USD", 4080.0, 3, 0.45, 0.05),
    )
}


@dataclass(frozen=True, slots=True)
class Quote:
    """Bid and ask at a moment."""

    time: float
    bid: float
    ask: float


def quote_at(instrument: Instrument, moment: float) -> Quote:
    """The price at a moment (epoch seconds)."""
    mid = float(mid_prices(instrument, np.array([moment]))[0])
    half = instrument.spread / 2
    return Quote(moment, round(mid - half, instrument.digits), round(mid + half, instrument.digits))


def mid_prices(instrument: Instrument, moments: Floats) -> Floats:
    """Mid prices at several moments: slow and fast waves plus value noise, all fixed by the instrument's name."""
    seed = int.from_bytes(hashlib.sha256(instrument.name.encode()).digest()[:4], "big")
    phases = np.random.default_rng(seed).uniform(0, 2 * np.pi, 6)
    periods = np.array([31_557_600, 5_400_000, 604_800, 86_400, 14_400, 1_800])
    sizes = np.array([0.03, 0.012, 0.005, 0.0022, 0.0009, 0.0004])
    waves = (np.sin(2 * np.pi * moments[:, None] / periods + phases) * sizes).sum(axis=1)
    noise = _noise(moments / 0.25, seed) * 0.00004 + _noise(moments / 15, seed + 1) * 0.0001
    return np.asarray(instrument.base_price * (1 + waves + noise), dtype=np.float64)


def candles(instrument: Instrument, granularity: str, start: float, count: int, now: float) -> list[dict[str, object]]:
    """Bars as the candles endpoint gives them, with mid, bid and ask; the last one may be incomplete."""
    seconds = GRANULARITY_SECONDS[granularity]
    result = []
    for index in range(count):
        begin = start + index * seconds
        if begin > now:
            break
        end = min(begin + seconds, now + 0.001)
        samples = mid_prices(instrument, np.linspace(begin, end, SAMPLES_A_BAR))
        result.append({
            "complete": begin + seconds <= now,
            "volume": int(min(seconds, max(1.0, end - begin)) * 1.7) + 1,
            "time": rfc3339(begin),
            "mid": _ohlc(samples, instrument.digits),
            "bid": _ohlc(samples - instrument.spread / 2, instrument.digits),
            "ask": _ohlc(samples + instrument.spread / 2, instrument.digits),
        })  # fmt: skip
    return result


def rfc3339(moment: float) -> str:
    """A time as OANDA writes it, with nanoseconds."""
    whole, fraction = divmod(moment, 1)
    stamp = datetime.fromtimestamp(whole, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{stamp}.{int(fraction * 1_000_000_000):09d}Z"


def _ohlc(samples: Floats, digits: int) -> dict[str, str]:
    values = {"o": samples[0], "h": samples.max(), "l": samples.min(), "c": samples[-1]}
    return {name: f"{value:.{digits}f}" for name, value in values.items()}


def _noise(places: Floats, seed: int) -> Floats:
    low = np.floor(places)
    share = places - low
    smooth = share * share * (3 - 2 * share)
    return np.asarray(_hashed(low, seed) * (1 - smooth) + _hashed(low + 1, seed) * smooth, dtype=np.float64)


def _hashed(places: Floats, seed: int) -> Floats:
    numbers = places.astype(np.uint64) + np.uint64(seed)
    with np.errstate(over="ignore"):
        numbers ^= numbers >> np.uint64(33)
        numbers *= np.uint64(0xFF51AFD7ED558CCD)
        numbers ^= numbers >> np.uint64(33)
        numbers *= np.uint64(0xC4CEB9FE1A85EC53)
        numbers ^= numbers >> np.uint64(33)
    return np.asarray(numbers / np.float64(2**63) - 1.0, dtype=np.float64)

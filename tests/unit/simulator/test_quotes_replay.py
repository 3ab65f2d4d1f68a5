import lzma
import zipfile
from pathlib import Path

import numpy as np
import pytest

from agent_core.simulator.market.clock import server_msc
from agent_core.simulator.market.market import Market
from agent_core.simulator.market.quotes_file import load_quotes
from agent_core.simulator.market.sources import sources_for
from agent_core.simulator.options import SimulatorOptions

ANCHOR = 1_763_553_600.0
H1 = 0x4001


def lean_zip(folder: Path, name: str, lines: list[str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("quotes.csv", "\n".join(lines) + "\n")
    return path


@pytest.fixture
def ticks(tmp_path: Path) -> Path:
    """Two hours of ticks, some crossed, some three within a millisecond."""
    lines = []
    for second in range(7200):
        bid = 1.39 + (second % 50) * 1e-5
        ask = bid + (-1e-5 if second % 5 == 0 else 2e-5)
        lines += [f"{second * 1000},{bid:.5f},{ask:.5f}"] * (3 if second % 60 == 30 else 1)
    return lean_zip(tmp_path / "tick" / "eurusd", "20140507_quote.zip", lines)


def replayed(path: Path, speed: float = 1.0) -> Market:
    options = SimulatorOptions(quotes=path, anchor=ANCHOR, speed=speed)
    return Market(sources_for(options), server_msc(ANCHOR))


def test_ticks_are_kept_as_they_are_and_rebased_to_now(ticks: Path) -> None:
    market = replayed(ticks)
    market.advance(server_msc(ANCHOR) + 600_000)
    found = market.ticks("EURUSD", market.now_msc - 299_999, market.now_msc)
    assert len(found) == 300 + 2 * 5
    assert (found["ask"] < found["bid"]).sum() == 60 + 2 * 5
    assert (np.diff(found["time_msc"]) == 0).sum() == 10
    assert found["bid"].min() == 1.39
    assert market.quote("GBPUSD") is not None


def test_history_before_the_file_joins_it_without_a_gap(ticks: Path) -> None:
    market = replayed(ticks)
    bars = market.rates("EURUSD", 1, 2**40, 500)
    assert len(bars) == 500
    assert np.abs(bars["open"][1:] - bars["close"][:-1]).max() < 6e-4


def test_after_its_end_prices_go_on(ticks: Path) -> None:
    market = replayed(ticks)
    market.advance(server_msc(ANCHOR) + 2 * 3_600_000)
    quote = market.quote("EURUSD")
    assert quote is not None
    assert market.now_msc - quote.time_msc < 10_000
    assert quote.bid == pytest.approx(1.39, rel=0.01)


def test_speed_plays_the_live_part_faster_and_leaves_history_alone(ticks: Path) -> None:
    market = replayed(ticks, speed=10)
    start = market.now_msc
    market.advance(start + 60_000)
    assert len(market.ticks("EURUSD", start, start + 59_999)) > 500
    assert len(market.ticks("EURUSD", start - 120_000, start - 60_001)) < 70


def test_minute_bars_come_back_as_they_were(tmp_path: Path) -> None:
    lines = [
        f"{m * 60_000},1.3{m % 7}000,1.3{m % 7}050,1.3{m % 7}000,1.3{m % 7}020,0,"
        f"1.3{m % 7}010,1.3{m % 7}060,1.3{m % 7}010,1.3{m % 7}030,0"
        for m in range(120)
    ]
    market = replayed(lean_zip(tmp_path, "eurusd_minute.zip", lines))
    bars = market.rates("EURUSD", 1, market.now_msc // 1000 - 60, 20)
    shape = bars["open"] * 10 % 1
    assert np.allclose(bars["high"] - bars["open"], 5e-4)
    assert np.allclose(bars["close"] - bars["open"], 2e-4)
    assert (bars["low"] == bars["open"]).all()
    assert (bars["spread"] == 10).all()
    assert len(set(shape.round(3))) > 1


def test_hourly_bars_of_ejtrader(tmp_path: Path) -> None:
    path = tmp_path / "XAUUSDh1.csv.xz"
    start = np.datetime64("2022-02-01T00:00:00")
    rows = [
        f"{str(start + np.timedelta64(hour, 'h')).replace('T', ' ')},180000.0,180100.0,179900.0,180050.0,100"
        for hour in range(900)
    ]
    path.write_bytes(lzma.compress(("Date,open,high,low,close,tick_volume\n" + "\n".join(rows) + "\n").encode()))
    quotes = load_quotes(path)
    assert (quotes.symbol.name, quotes.period_msc) == ("XAUUSD", 3_600_000)
    market = replayed(path)
    bars = market.rates("XAUUSD", H1, market.now_msc // 1000 - 3600, 100)
    for name, price in (("open", 1800.0), ("high", 1801.0), ("low", 1799.0), ("close", 1800.5)):
        assert (bars[name] == price).all()
    market.advance(market.now_msc + 1_800_000)
    assert len(market.ticks("XAUUSD", market.now_msc - 600_000, market.now_msc)) > 50


@pytest.mark.parametrize("content", [b"", b"1,2\n", b"Date,open\n2022-01-01,1\n", b"\xff\xfe"])
def test_an_unknown_file_is_refused_with_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "eurusd.csv"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="not a file of quotes"):
        load_quotes(path)


def test_a_file_of_no_known_symbol_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="names no symbol"):
        load_quotes(tmp_path / "btcusdt.csv")

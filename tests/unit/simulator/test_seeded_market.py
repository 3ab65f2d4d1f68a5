import numpy as np
import pytest

from agent_core.simulator.market.bars import aggregate, bars_of_ticks
from agent_core.simulator.market.clock import DAY, server_msc, server_offset
from agent_core.simulator.market.market import Market
from agent_core.simulator.market.seeded import SeededSource
from agent_core.simulator.market.symbols import SYMBOLS

WEDNESDAY = server_msc(1_763_553_600.0)  # 2025-11-19 12:00 UTC
H1, D1, W1, MN1 = 0x4001, 0x4018, 0x8001, 0xC001


def seeded_market(seed: int = 7, now_msc: int = WEDNESDAY) -> Market:
    market = Market({name: SeededSource(symbol, seed) for name, symbol in SYMBOLS.items()}, WEDNESDAY)
    market.advance(now_msc)
    return market


@pytest.mark.parametrize("name", SYMBOLS)
def test_the_ticks_of_a_minute_add_up_to_its_bar(name: str) -> None:
    source = SeededSource(SYMBOLS[name], 3)
    for minute in (WEDNESDAY // 60_000, WEDNESDAY // 60_000 + 77):
        block = source.ticks(minute)
        bar = bars_of_ticks(block.time_msc, block.bid, block.ask, SYMBOLS[name].scale)
        assert len(bar) == 1
        assert bar[0] == source.whole_day(minute // 1440)[minute % 1440]
        assert (block.ask > block.bid).all()
        assert 100 <= len(block.time_msc) <= 220


def test_the_same_seed_gives_the_same_prices_and_another_other_ones() -> None:
    bars = [seeded_market(seed).rates("EURUSD", 1, 2**40, 100) for seed in (1, 1, 2)]
    assert (bars[0] == bars[1]).all()
    assert (bars[0]["close"] != bars[2]["close"]).any()


def test_the_live_bar_is_made_of_the_ticks_so_far() -> None:
    market = seeded_market(now_msc=WEDNESDAY + 31_500)
    bar = market.rates("EURUSD", 1, 2**40, 1)[0]
    ticks = market.ticks("EURUSD", int(bar["time"]) * 1000, market.now_msc)
    assert bar["tick_volume"] == len(ticks)
    assert (bar["open"], bar["close"]) == (ticks["bid"][0], ticks["bid"][-1])
    assert (bar["high"], bar["low"]) == (ticks["bid"].max(), ticks["bid"].min())
    quote = market.quote("EURUSD")
    assert quote is not None
    assert (quote.bid, quote.ask) == (ticks["bid"][-1], ticks["ask"][-1])


@pytest.mark.parametrize("timeframe", [5, 15, 30, H1, 0x4004, D1, W1, MN1])
def test_longer_bars_are_made_of_shorter_ones(timeframe: int) -> None:
    market = seeded_market(now_msc=WEDNESDAY + 12_345_678)
    minutes = market.rates("EURUSD", 1, 2**40, 40_000)
    bars = market.rates("EURUSD", timeframe, 2**40, 10_000)
    made = aggregate(minutes, timeframe)[1:]
    assert len(made) > 0
    assert (bars[-len(made) :] == made).all()
    assert (np.diff(bars["time"]) > 0).all()
    assert (bars["high"] >= np.maximum(bars["open"], bars["close"])).all()
    assert (bars["low"] <= np.minimum(bars["open"], bars["close"])).all()


def test_history_reaches_years_back_without_weekends() -> None:
    bars = seeded_market().rates("EURUSD", D1, 2**40, 3000)
    assert len(bars) == 3000
    assert ((bars["time"] // DAY + 3) % 7 < 5).all()


def test_bars_before_a_time_and_within_a_range() -> None:
    market = seeded_market()
    last = market.rates("GBPUSD", H1, 2**40, 100)
    until = int(last["time"][50])
    assert (market.rates("GBPUSD", H1, until, 10) == last[41:51]).all()
    assert (market.rates("GBPUSD", H1, until, None, int(last["time"][30])) == last[30:51]).all()
    assert len(market.rates("GBPUSD", H1, 1000, 10)) == 0


def test_a_cross_is_the_product_of_its_legs() -> None:
    market = seeded_market()
    euro, yen, cross = (market.quote(name) for name in ("EURUSD", "USDJPY", "EURJPY"))
    assert euro
    assert yen
    assert cross
    assert cross.bid == pytest.approx(euro.bid * yen.bid, rel=5e-4)


@pytest.mark.parametrize("name", ["EURGBP", "EURAUD", "CHFJPY", "CADCHF", "AUDCAD", "GBPNZD"])
def test_every_cross_is_in_line_with_its_majors(name: str) -> None:
    market = seeded_market()

    def dollars(currency: str) -> float:
        direct = market.quote(f"{currency}USD") if f"{currency}USD" in SYMBOLS else None
        if direct is not None:
            return direct.bid
        inverse = market.quote(f"USD{currency}")
        assert inverse is not None
        return 1.0 / inverse.bid

    cross = market.quote(name)
    assert cross is not None
    assert cross.bid == pytest.approx(dollars(name[:3]) / dollars(name[3:]), rel=1e-3)


def test_an_index_has_hours_and_no_quotes_outside_them() -> None:
    market = seeded_market(now_msc=WEDNESDAY // 86_400_000 * 86_400_000 + (24 * 60 - 10) * 60_000)
    opened, closed = SYMBOLS["US500"].session
    minutes = market.rates("US500", 1, 2**40, 3000)["time"] // 60 % 1440
    assert (minutes.min(), minutes.max()) == (opened, closed - 1)
    last = market.quote("US500")
    assert last is not None
    assert last.time_msc // 60_000 % 1440 == closed - 1
    assert ((market.rates("US500", H1, 2**40, 3000)["time"] // 3600 % 24) >= opened // 60).all()


def test_the_broker_offers_thirty_symbols() -> None:
    assert len(SYMBOLS) == 30
    assert {symbol.folder for symbol in SYMBOLS.values()} == {"Forex\\Majors", "Forex\\Crosses", "Metals", "Indices"}


def test_a_closed_market_stands_still_and_leaves_a_gap() -> None:
    market = seeded_market(now_msc=WEDNESDAY + 90_000)
    market.set_open(False)
    before = market.quote("EURUSD")
    market.advance(WEDNESDAY + 630_000)
    assert market.quote("EURUSD") == before
    assert market.is_open is False
    market.set_open(True)
    market.advance(WEDNESDAY + 690_000)
    assert market.quote("EURUSD") != before
    bars = market.rates("EURUSD", 1, 2**40, 5)
    assert np.diff(bars["time"]).max() >= 9 * 60
    assert sum(market.rates("EURUSD", 1, 2**40, 3)["tick_volume"]) < 600


@pytest.mark.parametrize(
    ("utc", "hours"),
    [(1_763_553_600, 2), (1_751_328_000, 3), (1_741_417_199, 2), (1_741_503_600, 3)],
)
def test_the_server_is_seven_hours_ahead_of_new_york(utc: int, hours: int) -> None:
    assert server_offset(utc) == hours * 3600

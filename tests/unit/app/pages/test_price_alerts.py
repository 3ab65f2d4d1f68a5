import math
from decimal import Decimal

import pytest

from agent_core.terminal.models import Tick
from app.alerts.price_alert import FRESH_SECONDS, AlertJudge, Crossing, IndicatorLevel, PriceAlert

NOW = 1_800_000_000.0


def alert(crossing: Crossing = Crossing.ABOVE, price: str = "1.1") -> PriceAlert:
    return PriceAlert(symbol="EURUSD", crossing=crossing, price=Decimal(price))


class Market:
    """Quotes, one a second."""

    def __init__(self, alerts: list[PriceAlert]) -> None:
        self.alerts, self.judge, self.seconds = alerts, AlertJudge(), 0.0

    def quote(self, bid: float, ask: float = 1.2, *, age: float = 0.0, symbol: str = "EURUSD") -> int:
        self.seconds += 1
        at = int((NOW + self.seconds - age) * 1000)
        return len(self.judge.judge(self.alerts, Tick(symbol, bid, ask, at), NOW + self.seconds))


@pytest.mark.parametrize(
    ("crossing", "bids", "fired"),
    [
        (Crossing.ABOVE, (1.09, 1.09, 1.1), [0, 0, 1]),
        (Crossing.ABOVE, (1.09, 1.09, 1.2, 1.09, 1.2), [0, 0, 1, 0, 1]),
        (Crossing.BELOW, (1.11, 1.11, 1.0999), [0, 0, 1]),
        (Crossing.ABOVE, (1.12, 1.12, 1.13), [0, 0, 0]),  # behind the price already: waits for a crossing
        (Crossing.ABOVE, (1.09, 1.12, 1.12), [0, 0, 0]),  # the first quote of a symbol may be days old
    ],
)
def test_an_alert_fires_when_the_bid_crosses_its_price(
    crossing: Crossing, bids: tuple[float, ...], fired: list[int]
) -> None:
    market = Market([alert(crossing)])
    assert [market.quote(bid) for bid in bids] == fired


@pytest.mark.parametrize("bid", [0.0, -1.0, float("nan"), float("inf")])
def test_broken_prices_never_fire(bid: float) -> None:
    market = Market([alert(Crossing.BELOW), alert(Crossing.ABOVE)])
    assert [market.quote(1.11), market.quote(1.0999), market.quote(1.0999)] == [0, 0, 0]
    assert market.quote(bid) == 0
    assert market.quote(1.2, 0.0) == 0
    assert market.quote(1.2) == 1


def test_stale_and_repeated_quotes_never_fire() -> None:
    market = Market([alert()])
    market.quote(1.09)
    market.quote(1.09)
    assert market.quote(1.2, age=FRESH_SECONDS + 5) == 0
    tick = Tick("EURUSD", 1.2, 1.2, int((NOW + 2) * 1000))
    assert market.judge.judge(market.alerts, tick, NOW + 3) == []  # the same moment again
    assert market.quote(1.2) == 1


def test_other_symbols_and_resting_alerts_stay_silent() -> None:
    market = Market([alert(), alert().model_copy(update={"armed": False})])
    market.quote(1.09)
    market.quote(1.09)
    market.quote(1.09, symbol="GBPUSD")
    market.quote(1.2, symbol="GBPUSD")
    assert market.quote(1.2) == 1


def test_touching_counts_from_both_sides_and_a_move_from_where_it_was_set() -> None:
    touch = alert(Crossing.TOUCH)
    assert [Market([touch]).quote(bid) for bid in (1.1,)] == [0]
    market = Market([touch])
    assert [market.quote(bid) for bid in (1.1, 1.1, 1.12, 1.1, 1.12, 1.09)] == [0, 0, 0, 1, 0, 1]
    move = PriceAlert(symbol="EURUSD", crossing=Crossing.MOVE, price=Decimal("1.0"), percent=Decimal(2))
    market = Market([move])
    assert [market.quote(bid) for bid in (1.0, 1.01, 1.019, 0.9799)] == [0, 0, 0, 1]
    market = Market([move])
    assert [market.quote(bid) for bid in (1.0, 1.03)] == [0, 1]  # from one quote to the next
    assert move.sentence == "EURUSD moves by 2 % from 1.0"
    with pytest.raises(ValueError, match="a move has a size"):
        PriceAlert(symbol="EURUSD", crossing=Crossing.MOVE, price=Decimal(1))


def test_an_indicator_fires_only_while_its_market_moves() -> None:
    level = IndicatorLevel(key="rsi", timeframe="M15", title="RSI 14 M15")
    watched = PriceAlert(symbol="EURUSD", crossing=Crossing.BELOW, price=Decimal(30), indicator=level)
    market = Market([watched])
    judge = market.judge
    assert not any(judge.judge_indicator(watched, value, NOW) for value in (40.0, 20.0))  # no quote was seen
    for _ in range(3):
        assert market.quote(25.0) == 0  # the price is not what is watched
    now = NOW + market.seconds
    assert [judge.judge_indicator(watched, v, now) for v in (math.nan, 40.0, 29.0)] == [False, False, True]
    assert not any(judge.judge_indicator(watched, v, now + FRESH_SECONDS + 1) for v in (40.0, 20.0))

"""Memory of the Trade page over eight hours of a market that runs faster: `python -m tests.bench.bench_memory`.

The market's clock runs 288 times as fast as the wall's, so that eight hours take 100 seconds. Every few milliseconds
the charted symbol and three others of 30 are quoted at the market's time: the chart gets every bar of the eight hours,
and reads each once more from the terminal. Positions, orders and the account change four times a second of the wall.
Every ten minutes of the market a position is closed and another opened, with deals for history, journal and the
chart's marks; every hour the timeframe changes and half an hour later the symbol, each time with other indicators. All
of it goes through the page's own widgets, painted offscreen; they get some 70,000 quotes, not the millions of such
hours. Prints the memory at each hour; exits 1 where it is not flat.
"""

import argparse
import asyncio
import gc
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import psutil
from PySide6.QtWidgets import QApplication

from agent_core.protocol.market import Timeframe
from agent_core.terminal.events import AccountChanged, DealsAdded, OrdersChanged, PositionsChanged
from agent_core.terminal.models import Bars, Deal, Side
from app.chart.indicators import IndicatorSpec
from app.chart.series import BarSeries
from tests.bench.quote_stage import Stage, stage
from tests.unit.app.trade import conftest as stand_ins

HOURS, POSITIONS, ORDERS = 8, 30, 5
#: How far the memory of any hour may be from that of the first.
FLAT = 0.05
_HOUR = 3600
_FRAMES: tuple[Timeframe, ...] = ("M1", "M5")
_INDICATORS = (("sma", "ema", "bollinger", "rsi"), ("ichimoku", "macd", "adx"))


class ClockedTerminal(stand_ins.StandInTerminal):
    """Has the bars of what was quoted."""

    def __init__(self) -> None:
        super().__init__()
        self.series: dict[tuple[str, str], BarSeries] = {}

    def quote(self, symbol: str, bid: float, at: int) -> None:
        """Takes a quote into the symbol's bars."""
        for frame in _FRAMES:
            self._series(symbol, frame).apply_tick(bid, at)

    async def bars(self, symbol: str, timeframe: str, count: int, before: datetime | None = None) -> Bars:
        if timeframe not in _FRAMES:
            return await super().bars(symbol, timeframe, count, before)
        bars = self._series(symbol, timeframe).bars
        return bars[bars["time"] < before.timestamp()][-count:].copy() if before else bars[-count:].copy()

    def _series(self, symbol: str, frame: str) -> BarSeries:
        key = (symbol, frame)
        if key not in self.series:
            bars, step = stand_ins.history_of(symbol, 3000), 60 * int(frame[1:])
            now = int(stand_ins.NOW.timestamp()) // step * step
            bars["time"] = now - np.arange(len(bars))[::-1] * step
            self.series[key] = BarSeries("M1" if frame == "M1" else "M5", bars)
        return self.series[key]


class Market:
    """Moves prices, positions, orders and the account along its clock."""

    def __init__(self, shown: Stage) -> None:
        self._shown = shown
        self._random, self._prices = np.random.default_rng(3), dict(stand_ins.PRICES)
        self._count = self._looks = self.quotes = 0
        self.terminal: ClockedTerminal = shown.context.agent.terminal  # type: ignore[assignment]

    def quote(self, at: float) -> None:
        """Quotes the charted symbol and three of the others."""
        names, charted = list(self._prices), self._shown.page.panel.symbol
        self._count += 3
        self.quotes += 4
        for name in (charted, *(names[(self._count + n) % len(names)] for n in range(3))):
            self._prices[name] *= 1 + float(self._random.normal(0, 0.00002))
            bid = round(self._prices[name], self.terminal.specs[name].digits)
            self.terminal.quote(name, bid, int(at))
            self._shown.feed.quote(name, bid, bid * 0.00005, int(at * 1000))

    def revalue(self, _at: float) -> None:
        """Every position, order and the account get other figures."""
        feed, bus, move = self._shown.feed, self._shown.bus, float(self._random.normal(0, 5))
        feed.positions = tuple(replace(each, profit=round(each.profit + move, 2)) for each in feed.positions)
        bus.publish(PositionsChanged(feed.positions))
        price = round(1.08 + move / 10000, 5)
        feed.orders = tuple(stand_ins.order_of(9000 + n, price=price - n / 1000) for n in range(ORDERS))
        bus.publish(OrdersChanged(feed.orders))
        assert self.terminal.account is not None
        self.terminal.account = replace(self.terminal.account, equity=10482.36 + move)
        bus.publish(AccountChanged(self.terminal.account))

    def trade(self, at: float) -> None:
        """The oldest position is closed and another one opened."""
        feed, moment = self._shown.feed, datetime.fromtimestamp(at, UTC)
        (oldest, *others), ticket = feed.positions, feed.positions[-1].ticket + 1
        feed.positions = (*others, replace(oldest, ticket=ticket, identifier=ticket, time=moment))
        deal = Deal(
            2 * ticket, ticket, oldest.ticket, "EURUSD", Side.SELL, 1, oldest.volume, oldest.price_current,
            oldest.profit, 0.0, 0.0, 0.0, moment, oldest.magic, "",
        )  # fmt: skip
        opened = replace(deal, ticket=2 * ticket + 1, position_id=ticket, side=Side.BUY, entry=0, profit=0.0)
        self._shown.bus.publish(DealsAdded((deal, opened)))

    def look_elsewhere(self, _at: float) -> None:
        """Another timeframe or another symbol in turn, and other indicators."""
        page, self._looks = self._shown.page, self._looks + 1
        if self._looks % 2:
            page.panel.set_timeframe("M5" if page.panel.timeframe == "M1" else "M1")
        else:
            page.show_symbol("GBPUSD" if page.panel.symbol == "EURUSD" else "EURUSD")
        page.chart.set_indicators([IndicatorSpec(key=key) for key in _INDICATORS[self._looks % 2]])


async def live(shown: Stage, seconds: float) -> list[float]:
    """Lets the hours pass; prints and returns the memory at each."""
    while not len(shown.page.chart.model):
        await asyncio.sleep(0.05)
    market, memory = Market(shown), psutil.Process().memory_info
    shown.page.panel.set_timeframe("M1")
    begun, opened, speed = time.perf_counter(), stand_ins.NOW.timestamp(), HOURS * _HOUR / seconds
    taken: list[float] = []
    due = {0.25 * speed: market.revalue, 600.0: market.trade, 1800.0: market.look_elsewhere}
    done = dict.fromkeys(due, 0)
    while len(taken) < HOURS:
        await asyncio.sleep(0.005)
        passed = (time.perf_counter() - begun) * speed
        market.quote(opened + passed)
        for every, work in due.items():
            if passed // every > done[every]:
                done[every] = int(passed // every)
                work(opened + passed)
        if passed // _HOUR > len(taken):
            taken.append(memory().rss / 2**20)
            widgets, objects = len(QApplication.allWidgets()), len(gc.get_objects()) + gc.get_freeze_count()
            chart = f"{shown.page.chart.model.symbol} {shown.page.chart.model.timeframe}"
            print(
                f"hour {len(taken)}  {taken[-1]:6.1f} MiB  {widgets} widgets  {objects:,} objects  "
                f"{market.quotes:,} quotes  chart: {chart}, {len(shown.page.chart.model):,} bars",
                flush=True,
            )
    return taken


def main() -> int:
    """Prints the hours; returns 1 where one is too far from the first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=100)
    options = parser.parse_args()
    with stage(POSITIONS, ClockedTerminal) as shown:
        taken = shown.loop.run_until_complete(live(shown, options.seconds))
    change = max(abs(each / taken[0] - 1) for each in taken)
    print(f"memory changes by {change:.1%} against the first hour (≤ {FLAT:.0%})")
    return 1 if change > FLAT else 0


if __name__ == "__main__":
    sys.exit(main())

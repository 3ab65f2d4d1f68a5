"""A trade server on a market whose ticks the test writes."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from agent_core.simulator.broker.broker import Broker
from agent_core.simulator.broker.ledger import Ledger
from agent_core.simulator.broker.models import Request
from agent_core.simulator.broker.triggers import Triggers
from agent_core.simulator.market.bars import RATE_DTYPE, Records, bars_of_ticks
from agent_core.simulator.market.market import Market, Source
from agent_core.simulator.market.seeded import TickBlock
from agent_core.simulator.market.symbols import SYMBOLS, Symbol

START = 1_763_560_800_000  # a Wednesday, 14:00 server time
LEVELS = {"EURUSD": 1.17, "USDJPY": 155.0, "EURJPY": 181.35, "XAUUSD": 4000.0, "USDCHF": 0.8, "EURCHF": 0.936}


class WrittenSource:
    """Ticks a test writes: one a second, from `START`."""

    def __init__(self, symbol: Symbol, price: float) -> None:
        self.symbol = symbol
        self.prices = [(price, round(price + 10 * symbol.point, symbol.digits))]

    def add(self, bid: float, ask: float | None = None) -> None:
        self.prices.append((bid, round(bid + 10 * self.symbol.point, self.symbol.digits) if ask is None else ask))

    def ticks(self, minute: int) -> TickBlock:
        first = minute * 60 - START // 1000
        chosen = range(max(first, 0), min(first + 60, len(self.prices)))
        rows = np.array([self.prices[at] for at in chosen], np.float64).reshape(-1, 2)
        points = np.rint(rows * self.symbol.scale).astype(np.int64)
        return TickBlock(np.array([START + at * 1000 for at in chosen], np.int64), points[:, 0], points[:, 1])

    def day(self, day: int) -> Records:
        minutes = range(START // 60_000, START // 60_000 + len(self.prices) // 60 + 1)
        blocks = [self.ticks(minute) for minute in minutes if minute // 1440 == day]
        bars = [bars_of_ticks(block.time_msc, block.bid, block.ask, self.symbol.scale) for block in blocks]
        return np.concatenate([np.zeros(0, RATE_DTYPE), *bars])

    def hours(self, block: int) -> Records:
        return np.zeros(0, RATE_DTYPE)

    def covers(self, day: int) -> bool:
        return True


class TradeServer:
    """Market, books and triggers of one test."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.sources = {name: WrittenSource(SYMBOLS[name], price) for name, price in LEVELS.items()}
        self.open()
        self.ledger.set("balance", 10_000.0)
        self.ledger.commit()

    def open(self, **account: object) -> None:
        """Opens the books, as at a start of the terminal."""
        sources: dict[str, Source] = dict(self.sources)
        self.market = Market(sources, START)
        self.ledger = Ledger(self.path)
        self.broker = Broker(self.market, self.ledger, **account)  # type: ignore[arg-type]
        self.triggers = Triggers(self.broker)

    def send(self, **fields: object) -> int:
        """Sends a request for 0.1 lots of EURUSD unless told otherwise; its return code."""
        defaults = {"action": 1, "symbol": "EURUSD", "volume": 0.1}
        self.result = self.broker.send(Request(**{**defaults, **fields}))  # type: ignore[arg-type]
        return self.result.retcode

    def tick(self, bid: float, ask: float | None = None, symbol: str = "EURUSD") -> None:
        """Adds a tick and moves to its second."""
        source = self.sources[symbol]
        source.add(bid, ask)
        self.market._live.clear()
        self.triggers.advance(START + (len(source.prices) - 1) * 1000)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[TradeServer]:
    made = TradeServer(tmp_path / "trade.sqlite")
    yield made
    made.ledger.close()

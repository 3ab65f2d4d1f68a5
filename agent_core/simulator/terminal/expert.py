"""A running Expert Advisor of the simulated terminal.

It does not run MQL5 code. It shows what the terminal and the EA's include files show of a running EA: journal lines,
heartbeats, Print output, and now and then a trade as its inputs say: lots or risk, stop, target, magic number.
"""

import json
import time
from pathlib import Path

from agent_core.simulator import constants as mt5
from agent_core.simulator.broker.models import BUY, SELL, Position, Request
from agent_core.simulator.market.symbols import SYMBOLS
from agent_core.simulator.metaeditor.program import Program
from agent_core.simulator.strategy import Distance, average_range, read_strategy
from agent_core.simulator.terminal.charts import Chart, ExpertOnChart
from agent_core.simulator.terminal.terminal import Terminal

INSTANCE_INPUT = "FEPInstance"
_BEAT_SECONDS = 2.0
_FIRST_TRADE_SECONDS = 30.0
_TRADE_SECONDS = 45.0
_BARS = 60
_REPLACE_TRIES = 20
_REPLACE_PAUSE_SECONDS = 0.005


class RunningExpert:
    """An EA that was loaded on a chart.

    Args:
        allowed: Whether whoever put it on the chart may trade; permission cannot be extended.
    """

    def __init__(
        self, terminal: Terminal, chart: Chart, expert: ExpertOnChart, program: Program, *, allowed: bool
    ) -> None:
        self._terminal = terminal
        self._chart = chart
        self._program = program
        self._allowed = allowed and expert.trading_allowed
        self._expert = expert
        self._strategy = read_strategy(program.source, expert.inputs)
        self._magic = self._strategy.magic
        self._next_beat = 0.0
        self._next_trade = time.monotonic() + _FIRST_TRADE_SECONDS
        self._warned = False

    @property
    def title(self) -> str:
        """How journals name it."""
        return f"{self._expert.name} ({self._chart.symbol},{self._chart.timeframe})"

    @property
    def trade_allowed(self) -> bool:
        """MQL_TRADE_ALLOWED: its own permission and the terminal's button."""
        return self._allowed and self._terminal.switches.auto_trading

    def start(self) -> None:
        """OnInit."""
        self._terminal.journal.write("Experts", f"expert {self.title} loaded successfully")
        self._beat("running")

    def pulse(self) -> None:
        """OnTick and OnTimer."""
        now = time.monotonic()
        if now >= self._next_beat:
            self._beat("running")
        if now >= self._next_trade:
            self._next_trade = now + _TRADE_SECONDS
            self._trade()

    def stop(self) -> None:
        """OnDeinit."""
        self._beat("stopped")
        self._terminal.journal.write("Experts", f"expert {self.title} removed")

    def _print(self, text: str) -> None:
        self._terminal.experts_journal.write(self.title, text)

    def _own_positions(self) -> list[Position]:
        positions = self._terminal.ledger.positions.values()
        return [p for p in positions if p.magic == self._magic and p.symbol == self._chart.symbol]

    def _beat(self, state: str) -> None:
        instance = self._expert.inputs.get(INSTANCE_INPUT, "")
        if not (instance and self._program.has_heartbeat):
            return
        self._next_beat = time.monotonic() + _BEAT_SECONDS
        own = self._own_positions()
        valuation = self._terminal.broker.valuation
        content = {
            "v": 1, "instance": instance, "ts_utc": int(time.time()), "expert": self._expert.name,
            "symbol": self._chart.symbol, "timeframe": self._chart.timeframe, "magic": self._magic,
            "trade_allowed": self.trade_allowed, "positions": len(own),
            "profit": round(sum(valuation.position_profit(p) + p.swap for p in own), 2), "state": state,
        }  # fmt: skip
        folder = self._terminal.layout.mql5 / "Files" / "FEP" / "evt"
        replace_json(folder / f"hb_{instance}.json", content)

    def _trade(self) -> None:
        """Opens a position, or closes the one it has."""
        if not self._magic:
            return
        if not self.trade_allowed:
            if not self._warned:
                self._print("trading is not allowed, waiting")
            self._warned = True
            return
        self._warned = False
        own = self._own_positions()
        self._close(own[0]) if own else self._open()

    def _open(self) -> None:
        symbol, strategy = SYMBOLS[self._chart.symbol], self._strategy
        quote = self._terminal.market.quote(symbol.name)
        timeframe = getattr(mt5, f"TIMEFRAME_{self._chart.timeframe}")
        bars = self._terminal.market.rates(symbol.name, timeframe, 2**40, _BARS)
        if quote is None or len(bars) < 2:
            return
        if not strategy.in_session(self._terminal.market.now_msc // 1000):
            self._print(f"no entry: its session is from {strategy.from_hour} to {strategy.to_hour} server time")
            return
        spread = (quote.ask - quote.bid) / symbol.point
        if strategy.max_spread and round(spread) > strategy.max_spread:
            self._print(f"no entry: spread of {spread:.0f} points")
            return
        side = BUY if quote.bid >= float(bars["close"].mean()) else SELL
        sign = 1 if side == BUY else -1
        price = quote.ask if side == BUY else quote.bid
        atr = average_range(bars["high"], bars["low"], bars["close"])
        least = (spread + symbol.stops_level + 1) * symbol.point
        risk = max(strategy.stop.of(atr, symbol.point, 0.0), least)
        stop, target = price - sign * risk, self._target(strategy.target, price, sign, atr, risk)
        valuation = self._terminal.broker.valuation
        loss = -valuation.profit(symbol, side, 1.0, price, stop)
        volume = strategy.volume(symbol, self._terminal.broker.account().equity, loss)
        if not volume:
            self._print(f"no entry: {strategy.risk_percent:g}% of the equity is too little for the smallest volume")
            return
        request = Request(
            action=mt5.TRADE_ACTION_DEAL, magic=self._magic, symbol=symbol.name, volume=volume, price=price,
            type=side, sl=round(stop, symbol.digits), tp=round(target, symbol.digits), deviation=20,
            type_filling=_filling(symbol.filling), comment=self._expert.name[:20],
        )  # fmt: skip
        self._send(request, f"{'buy' if side == BUY else 'sell'} {volume:g} {symbol.name} at {price}")

    def _target(self, distance: Distance, price: float, sign: int, atr: float, risk: float) -> float:
        """Price of the take profit, 0 for none."""
        wanted = distance.of(atr, SYMBOLS[self._chart.symbol].point, risk)
        return price + sign * max(wanted, risk / 4) if wanted > 0 else 0.0

    def _close(self, position: Position) -> None:
        symbol = SYMBOLS[position.symbol]
        request = Request(
            action=mt5.TRADE_ACTION_DEAL, magic=self._magic, symbol=symbol.name, volume=position.volume,
            price=self._terminal.broker.valuation.close_price(position), type=1 - position.type, deviation=20,
            type_filling=_filling(symbol.filling), position=position.ticket,
        )  # fmt: skip
        self._send(request, f"close position #{position.ticket}")

    def _send(self, request: Request, what: str) -> None:
        result = self._terminal.broker.send(request, mt5.ORDER_REASON_EXPERT)
        self._print(f"{what}: {result.comment.lower()} [{result.retcode}]")


def _filling(mask: int) -> int:
    return mt5.ORDER_FILLING_FOK if mask & 1 else mt5.ORDER_FILLING_IOC


def replace_json(path: Path, content: object) -> None:
    """Writes a file whole or not at all, as UTF-8 without a BOM.

    Where a reader holds the old one open (Windows), it tries again for a moment and then leaves the old one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".tmp")
    draft.write_text(json.dumps(content), encoding="utf-8")
    for _ in range(_REPLACE_TRIES):
        try:
            draft.replace(path)
        except PermissionError:
            time.sleep(_REPLACE_PAUSE_SECONDS)
        else:
            return

"""A running Expert Advisor of the simulated terminal.

It does not run MQL5 code. It shows what the terminal and the EA's include files show of a running EA: journal lines,
heartbeats, Print output, and now and then a small trade under its magic number.
"""

import json
import re
import time
from pathlib import Path

from agent_core.simulator import constants as mt5
from agent_core.simulator.broker.models import BUY, SELL, Position, Request
from agent_core.simulator.market.symbols import SYMBOLS
from agent_core.simulator.metaeditor.program import Program
from agent_core.simulator.terminal.charts import Chart, ExpertOnChart
from agent_core.simulator.terminal.terminal import Terminal

INSTANCE_INPUT = "FEPInstance"
_BEAT_SECONDS = 2.0
_FIRST_TRADE_SECONDS = 30.0
_TRADE_SECONDS = 45.0
_MAGIC_NAME = re.compile(r"^\s*(?:s?input)\s+\w+\s+(\w*magic\w*)\s*=\s*(\d+)", re.IGNORECASE | re.MULTILINE)
_SMALL_LOTS = 0.01
_STOP_SPREADS = 40
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
        self._magic = _magic(program, expert)
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
        """Opens a small position, or closes the one it has."""
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
        symbol = SYMBOLS[self._chart.symbol]
        quote = self._terminal.market.quote(symbol.name)
        bars = self._terminal.market.rates(symbol.name, 1, 2**40, 5)
        if quote is None or len(bars) == 0:
            return
        side = BUY if quote.bid >= float(bars["close"].mean()) else SELL
        sign = 1 if side == BUY else -1
        price = quote.ask if side == BUY else quote.bid
        distance = (symbol.spread + symbol.stops_level) * _STOP_SPREADS * symbol.point
        request = Request(
            action=mt5.TRADE_ACTION_DEAL, magic=self._magic, symbol=symbol.name, volume=_SMALL_LOTS, price=price,
            type=side, sl=round(price - sign * distance, symbol.digits),
            tp=round(price + sign * distance, symbol.digits), deviation=20,
            type_filling=_filling(symbol.filling), comment=self._expert.name[:20],
        )  # fmt: skip
        self._send(request, f"{'buy' if side == BUY else 'sell'} {_SMALL_LOTS} {symbol.name} at {price}")

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


def _magic(program: Program, expert: ExpertOnChart) -> int:
    """Magic number from the inputs, else the source's default; 0 has none and does not trade."""
    found = _MAGIC_NAME.search(program.source)
    if found is None:
        return 0
    value = expert.inputs.get(found[1], found[2])
    return int(value) if value.isdigit() else 0


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

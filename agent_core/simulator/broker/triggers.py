"""What happens on the trade server without a request: stops, targets, working orders, swaps, stop-out, expiry."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from agent_core.simulator import constants as mt5
from agent_core.simulator.broker.broker import Broker
from agent_core.simulator.broker.checks import side_of
from agent_core.simulator.broker.models import BUY, SELL, Order, Position
from agent_core.simulator.market.market import Quote
from agent_core.simulator.market.seeded import TickBlock
from agent_core.simulator.market.symbols import SYMBOLS

DAY_MSC = 86_400_000
MARGIN_CALL_LEVEL = 100.0
STOP_OUT_LEVEL = 50.0
_STEP_MSC = 60_000
_MAX_CATCH_UP_MSC = 3 * DAY_MSC

_Booleans = npt.NDArray[np.bool_]


class Triggers:
    """Moves the trade server through time, tick by tick."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._ledger = broker.ledger
        self._market = broker.market
        self._execution = broker.execution
        self._seen_msc = int(self._ledger.meta.get("seen_msc", self._market.now_msc))

    def advance(self, now_msc: int) -> None:
        """Moves the market to a moment and does all that falls due on the way.

        After a restart this covers the time the terminal was off, as the real server does.
        """
        if not (self._ledger.positions or self._ledger.orders):
            self._market.advance(now_msc)
            self._seen_msc = max(self._seen_msc, now_msc)
            return
        start = max(self._seen_msc, now_msc - _MAX_CATCH_UP_MSC)
        while start < now_msc:
            end = min(now_msc, start + _STEP_MSC, (start // DAY_MSC + 1) * DAY_MSC)
            self._market.advance(end)
            self._step(start, end)
            start = end
        self._seen_msc = max(self._seen_msc, now_msc)
        self._ledger.commit()

    def save_progress(self) -> None:
        """Notes how far the server has come, so that a restart goes on from there."""
        self._ledger.set("seen_msc", self._seen_msc)
        self._ledger.commit()

    def _step(self, start: int, end: int) -> None:
        names = self._ledger.exposed_symbols()
        for name in names:
            for block in self._market.tick_blocks(name, start, end):
                self._run_ticks(name, block)
        self._expire(end)
        if end % DAY_MSC == 0:
            self._roll_over(end // DAY_MSC)
        self._stop_out()

    def _run_ticks(self, name: str, block: TickBlock) -> None:
        scale = SYMBOLS[name].scale
        bid, ask = block.bid / scale, block.ask / scale
        position = 0
        while position < len(bid):
            hits: list[tuple[int, Position | Order]] = []
            for item in self._waiting(name):
                conditions = self._due(item, bid[position:], ask[position:])
                if conditions.any():
                    hits.append((position + int(conditions.argmax()), item))
            if not hits:
                return
            index, item = min(hits, key=lambda hit: (hit[0], hit[1].ticket))
            quote = Quote(int(block.time_msc[index]), float(bid[index]), float(ask[index]))
            if isinstance(item, Position):
                self._close(item, quote)
            else:
                self._activate(item, quote)
            self._ledger.set("seen_msc", quote.time_msc)
            self._ledger.commit()
            position = index

    def _waiting(self, name: str) -> list[Position | Order]:
        positions = [p for p in self._ledger.positions.values() if p.symbol == name and (p.sl or p.tp)]
        orders = [o for o in self._ledger.orders.values() if o.symbol == name]
        return [*positions, *orders]

    def _due(self, item: Position | Order, bid: npt.NDArray[np.float64], ask: npt.NDArray[np.float64]) -> _Booleans:
        """At which ticks a position's stop or target, or an order's price, is reached."""
        if isinstance(item, Position):
            price = bid if item.type == BUY else ask
            due = np.zeros(len(price), np.bool_)
            if item.sl:
                due |= (item.sl - price) * item.sign >= 0
            if item.tp:
                due |= (price - item.tp) * item.sign >= 0
            return due
        buys = side_of(item.type) == BUY
        price = ask if buys else bid
        falls = item.type in (mt5.ORDER_TYPE_BUY_LIMIT, mt5.ORDER_TYPE_SELL_STOP, mt5.ORDER_TYPE_SELL_STOP_LIMIT)
        return np.asarray(price <= item.price_open if falls else price >= item.price_open, np.bool_)

    def _close(self, position: Position, quote: Quote) -> None:
        price = quote.bid if position.type == BUY else quote.ask
        stopped = bool(position.sl) and (position.sl - price) * position.sign >= 0
        digits = SYMBOLS[position.symbol].digits
        word, level, reason = (
            ("sl", position.sl, mt5.ORDER_REASON_SL) if stopped else ("tp", position.tp, mt5.ORDER_REASON_TP)
        )
        self._close_market(position, price, quote.time_msc, reason, f"[{word} {level:.{digits}f}]")

    def _close_market(self, position: Position, price: float, time_msc: int, reason: int, comment: str) -> None:
        order = self._execution.market_order(
            symbol=position.symbol, side=SELL if position.type == BUY else BUY, volume=position.volume, filling=0,
            magic=position.magic, reason=reason, comment=comment, time_msc=time_msc, position_id=position.ticket,
        )  # fmt: skip
        self._execution.close(order, position, price, time_msc)

    def _activate(self, order: Order, quote: Quote) -> None:
        if order.type in (mt5.ORDER_TYPE_BUY_STOP_LIMIT, mt5.ORDER_TYPE_SELL_STOP_LIMIT):
            limit = mt5.ORDER_TYPE_BUY_LIMIT if side_of(order.type) == BUY else mt5.ORDER_TYPE_SELL_LIMIT
            self._ledger.put_order(replace(order, type=limit, price_open=order.price_stoplimit, price_stoplimit=0.0))
            return
        price = quote.ask if side_of(order.type) == BUY else quote.bid
        margin = self._broker.valuation.margin(SYMBOLS[order.symbol], order.volume_current, price)
        if margin > self._broker.account().margin_free:
            self._execution.finish(order, mt5.ORDER_STATE_REJECTED, quote.time_msc)
        else:
            self._execution.fill(order, price, quote.time_msc)

    def _expire(self, now_msc: int) -> None:
        for order in list(self._ledger.orders.values()):
            end = order.time_expiration * 1000
            if order.type_time == mt5.ORDER_TIME_DAY:
                end = (order.time_setup_msc // DAY_MSC + 1) * DAY_MSC
            elif order.type_time == mt5.ORDER_TIME_SPECIFIED_DAY:
                end = (end // DAY_MSC + 1) * DAY_MSC
            if order.type_time != mt5.ORDER_TIME_GTC and end <= now_msc:
                self._execution.finish(order, mt5.ORDER_STATE_EXPIRED, now_msc)

    def _roll_over(self, new_day: int) -> None:
        """Charges the night's swap; the night to Thursday counts three, weekend nights none."""
        nights = {3: 3, 5: 0, 6: 0}.get((new_day + 3) % 7, 1)
        for position in list(self._ledger.positions.values()):
            symbol = SYMBOLS[position.symbol]
            points = symbol.swap_long if position.type == BUY else symbol.swap_short
            value = self._broker.valuation.tick_value(symbol, gain=points > 0)
            swap = self._broker.valuation.money(position.swap + points * value * position.volume * nights)
            self._ledger.put_position(replace(position, swap=swap))

    def _stop_out(self) -> None:
        """Closes the worst position while the margin level is below the broker's limit."""
        valuation = self._broker.valuation
        while self._ledger.positions and (account := self._broker.account()).margin:
            if account.margin_level >= STOP_OUT_LEVEL:
                return
            worst = min(self._ledger.positions.values(), key=valuation.position_profit)
            comment = f"[so {account.margin_level:.2f}%/{account.equity:.2f}/{account.margin:.2f}]"
            price, now = valuation.close_price(worst), self._market.now_msc
            self._close_market(worst, price, now, mt5.ORDER_REASON_SO, comment[:31])

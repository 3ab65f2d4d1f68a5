"""Opening, closing and filling: how orders become deals and positions."""

from dataclasses import replace

from agent_core.simulator import constants as mt5
from agent_core.simulator.broker.checks import side_of
from agent_core.simulator.broker.ledger import Ledger
from agent_core.simulator.broker.models import BUY, SELL, Deal, Order, Position
from agent_core.simulator.broker.valuation import Valuation
from agent_core.simulator.market.symbols import SYMBOLS


class Execution:
    """Books fills in the ledger; the caller commits."""

    def __init__(self, ledger: Ledger, valuation: Valuation, *, netting: bool = False) -> None:
        self.netting = netting
        self._ledger = ledger
        self._valuation = valuation

    def market_order(
        self, *, symbol: str, side: int, volume: float, filling: int, magic: int, reason: int, comment: str,
        time_msc: int, sl: float = 0.0, tp: float = 0.0, position_id: int = 0, unfilled: float = 0.0,
    ) -> Order:  # fmt: skip
        """A new market order, not yet filled; `unfilled` of its volume never will be."""
        return Order(
            ticket=self._ledger.next_ticket("order"), symbol=symbol, type=side, type_time=0, type_filling=filling,
            state=mt5.ORDER_STATE_STARTED, volume_initial=volume, volume_current=volume, price_open=0.0,
            price_stoplimit=0.0, sl=sl, tp=tp, time_setup_msc=time_msc, time_done_msc=0, time_expiration=0, magic=magic,
            reason=reason, comment=comment, position_id=position_id, unfilled=unfilled,
        )  # fmt: skip

    def netted_with(self, symbol: str) -> Position | None:
        """The one position that a netting account holds in a symbol; None on a hedging one."""
        positions = self._ledger.positions.values() if self.netting else ()
        return next((position for position in positions if position.symbol == symbol), None)

    def fill(self, order: Order, price: float, time_msc: int) -> Deal:
        """Fills an order: into a position of its own, or on a netting account into the symbol's."""
        held = self.netted_with(order.symbol)
        if held is None:
            return self._open(order, price, time_msc)
        if side_of(order.type) == held.type:
            return self._add(order, held, price, time_msc)
        if order.volume_filled > held.volume:
            return self._reverse(order, held, price, time_msc)
        return self.close(order, held, price, time_msc)

    def _add(self, order: Order, held: Position, price: float, time_msc: int) -> Deal:
        self._done(order, price, time_msc, held.ticket)
        deal = self._deal(order, held.type, mt5.DEAL_ENTRY_IN, order.volume_filled, price, time_msc, held.ticket)
        volume = round(held.volume + deal.volume, 8)
        average = (held.price_open * held.volume + price * deal.volume) / volume
        self._ledger.add_deal(deal)
        self._ledger.put_position(
            replace(
                held, volume=volume, price_open=average, time_update_msc=time_msc,
                sl=order.sl or held.sl, tp=order.tp or held.tp,
            )
        )  # fmt: skip
        return deal

    def _reverse(self, order: Order, held: Position, price: float, time_msc: int) -> Deal:
        """One deal in and out; the position keeps its ticket and changes its side."""
        self._done(order, price, time_msc, held.ticket)
        side = side_of(order.type)
        deal = self._deal(order, side, mt5.DEAL_ENTRY_INOUT, order.volume_filled, price, time_msc, held.ticket)
        deal.profit = self._valuation.profit(SYMBOLS[held.symbol], held.type, held.volume, held.price_open, price)
        deal.swap = self._valuation.money(held.swap)
        self._ledger.add_deal(deal)
        self._ledger.put_position(
            replace(
                held, type=side, volume=round(deal.volume - held.volume, 8), price_open=price, swap=0.0,
                time_update_msc=time_msc, sl=order.sl, tp=order.tp,
            )
        )  # fmt: skip
        return deal

    def _open(self, order: Order, price: float, time_msc: int) -> Deal:
        side = side_of(order.type)
        self._done(order, price, time_msc, order.ticket)
        deal = self._deal(order, side, mt5.DEAL_ENTRY_IN, order.volume_filled, price, time_msc, order.ticket)
        position = Position(
            ticket=order.ticket, symbol=order.symbol, type=side, volume=order.volume_filled, price_open=price,
            sl=order.sl, tp=order.tp, time_msc=time_msc, time_update_msc=time_msc, magic=order.magic,
            reason=order.reason, comment=order.comment,
        )  # fmt: skip
        self._ledger.add_deal(deal)
        self._ledger.put_position(position)
        return deal

    def close(self, order: Order, position: Position, price: float, time_msc: int) -> Deal:
        """Fills an order that closes a position or a part of it."""
        volume = order.volume_filled
        self._done(order, price, time_msc, position.ticket)
        side = SELL if position.type == BUY else BUY
        deal = self._deal(order, side, mt5.DEAL_ENTRY_OUT, volume, price, time_msc, position.ticket)
        deal.profit = self._valuation.profit(
            SYMBOLS[position.symbol], position.type, volume, position.price_open, price
        )
        deal.swap = self._take_volume(position, volume, time_msc)
        self._ledger.add_deal(deal)
        return deal

    def close_by(self, order: Order, position: Position, opposite: Position, time_msc: int) -> Deal:
        """Closes two opposite positions by each other; what is left of the larger one stays open."""
        volume = order.volume_initial
        self._done(order, opposite.price_open, time_msc, position.ticket)
        order.position_by_id = opposite.ticket
        first = self._deal(
            order, opposite.type, mt5.DEAL_ENTRY_OUT_BY, volume, opposite.price_open, time_msc, position.ticket
        )
        symbol = SYMBOLS[position.symbol]
        first.profit = self._valuation.profit(symbol, position.type, volume, position.price_open, opposite.price_open)
        first.swap = self._take_volume(position, volume, time_msc)
        second = self._deal(
            order, position.type, mt5.DEAL_ENTRY_OUT_BY, volume, position.price_open, time_msc, opposite.ticket
        )
        second.swap = self._take_volume(opposite, volume, time_msc)
        first.commission = second.commission = 0.0
        self._ledger.add_deal(first)
        self._ledger.add_deal(second)
        return first

    def finish(self, order: Order, state: int, time_msc: int) -> None:
        """Ends a working order without a fill: cancelled, expired or rejected."""
        self._ledger.archive_order(replace(order, state=state, time_done_msc=time_msc))

    def _take_volume(self, position: Position, volume: float, time_msc: int) -> float:
        """Takes volume off a position and returns its share of the swap."""
        rest = round(position.volume - volume, 8)
        money = self._valuation.money
        swap = money(position.swap * volume / position.volume)
        if rest <= 0:
            self._ledger.remove_position(position.ticket)
            return money(position.swap)
        changed = replace(
            position, volume=rest, swap=self._valuation.money(position.swap - swap), time_update_msc=time_msc
        )
        self._ledger.put_position(changed)
        return swap

    def _done(self, order: Order, price: float, time_msc: int, position_id: int) -> None:
        order.state = mt5.ORDER_STATE_PARTIAL if order.unfilled else mt5.ORDER_STATE_FILLED
        order.volume_current = order.unfilled
        order.time_done_msc = time_msc
        order.position_id = position_id
        order.price_current = price
        self._ledger.archive_order(order)

    def _deal(
        self, order: Order, side: int, entry: int, volume: float, price: float, time_msc: int, position_id: int
    ) -> Deal:
        return Deal(
            ticket=self._ledger.next_ticket("deal"), order=order.ticket, symbol=order.symbol, type=side, entry=entry,
            volume=volume, price=price, time_msc=time_msc, position_id=position_id, magic=order.magic,
            reason=order.reason, comment=order.comment, commission=-self._valuation.commission(volume),
        )  # fmt: skip

"""The trade server: checks requests and carries them out."""

from collections.abc import Callable
from dataclasses import replace

from agent_core.simulator import constants as mt5
from agent_core.simulator.broker import checks
from agent_core.simulator.broker.execution import Execution
from agent_core.simulator.broker.ledger import Ledger
from agent_core.simulator.broker.models import BUY, SELL, Order, Position, RefusedError, Request, Result
from agent_core.simulator.broker.retcodes import RETCODE_TEXTS
from agent_core.simulator.broker.valuation import AccountValues, NoPriceError, Valuation
from agent_core.simulator.market.market import Market, Quote
from agent_core.simulator.market.symbols import MARKET_EXECUTION, SYMBOLS, Symbol

LIMIT_ORDERS = 200
"""Working orders an account may have."""


class Broker:
    """Carries out trade requests against the market and the ledger."""

    def __init__(
        self, market: Market, ledger: Ledger, *, netting: bool = False, currency: str = "USD", leverage: int = 100
    ) -> None:
        self.market = market
        self.ledger = ledger
        self.valuation = Valuation(market, currency, leverage)
        self.execution = Execution(ledger, self.valuation, netting=netting)
        self._actions: dict[int, Callable[[Request, int], Result]] = {
            mt5.TRADE_ACTION_DEAL: self._deal,
            mt5.TRADE_ACTION_PENDING: self._place,
            mt5.TRADE_ACTION_SLTP: self._modify_position,
            mt5.TRADE_ACTION_MODIFY: self._modify_order,
            mt5.TRADE_ACTION_REMOVE: self._remove_order,
            mt5.TRADE_ACTION_CLOSE_BY: self._close_by,
        }

    def send(self, request: Request, reason: int = mt5.ORDER_REASON_EXPERT) -> Result:
        """Carries out a request; on return everything it changed is on disk."""
        try:
            result = self._actions.get(request.action, self._unknown)(request, reason)
        except RefusedError as refusal:
            return self.refusal(refusal.retcode, request)
        except NoPriceError:
            return self.refusal(mt5.TRADE_RETCODE_PRICE_OFF, request)
        result = replace(result, request_id=self.ledger.next_ticket("request"), comment=RETCODE_TEXTS[result.retcode])
        self.ledger.set("seen_msc", self.market.now_msc)
        self.ledger.commit()
        return result

    def refusal(self, retcode: int, request: Request) -> Result:
        """The answer to a request that is not carried out."""
        quote = self.market.quote(request.symbol) if request.symbol in SYMBOLS else None
        asks_again = retcode in (mt5.TRADE_RETCODE_REQUOTE, mt5.TRADE_RETCODE_PRICE_CHANGED) and quote is not None
        return Result(
            retcode=retcode,
            comment=RETCODE_TEXTS[retcode],
            bid=quote.bid if quote and asks_again else 0.0,
            ask=quote.ask if quote and asks_again else 0.0,
        )

    def account(self) -> AccountValues:
        """The account's sums at present prices."""
        return self.valuation.account(self.ledger.balance, self.ledger.positions.values())

    def trade_mode(self, name: str) -> int:
        """The symbol's trade mode; full unless set otherwise."""
        return int(self.ledger.meta.get("trade_modes", {}).get(name, mt5.SYMBOL_TRADE_MODE_FULL))

    def check_market_order(self, request: Request) -> tuple[Symbol, Quote, Position | None]:
        """Makes all checks of a market order but the last, its margin.

        Raises:
            RefusedError: the request is not acceptable.
        """
        symbol = self._symbol(request.symbol)
        quote = self._tradable_quote(symbol)
        if request.type not in (BUY, SELL):
            raise RefusedError(mt5.TRADE_RETCODE_INVALID)
        closing = bool(request.position)
        checks.check_trade_mode(self.trade_mode(symbol.name), request.type, closing=closing)
        checks.check_volume(symbol, request.volume)
        checks.check_filling(symbol, request.type_filling)
        position = None
        if closing:
            position = self.ledger.positions.get(request.position)
            if position is None:
                raise RefusedError(mt5.TRADE_RETCODE_POSITION_CLOSED)
            checks.check_close(position, request)
        price = quote.ask if request.type == BUY else quote.bid
        checks.check_instant_price(symbol, request, price)
        if position is None:
            reference = checks.stops_reference(request.type, quote)
            checks.check_stops(symbol, request.type, reference, request.sl, request.tp)
        return symbol, quote, position

    def values_after(self, request: Request, symbol: Symbol, price: float) -> AccountValues:
        """The account's sums if a market order opened a position now."""
        now = self.market.now_msc
        new = Position(
            ticket=0, symbol=symbol.name, type=request.type, volume=request.volume, price_open=price, sl=0.0, tp=0.0,
            time_msc=now, time_update_msc=now, magic=0, reason=0, comment="",
        )  # fmt: skip
        balance = self.ledger.balance - self.valuation.commission(request.volume)
        held = self.execution.netted_with(symbol.name)
        others = [position for position in self.ledger.positions.values() if position is not held]
        if held is not None:
            signed = held.sign * held.volume + new.sign * new.volume
            new = replace(new, type=BUY if signed > 0 else SELL, volume=abs(signed))
        return self.valuation.account(balance, [*others, new] if new.volume > 1e-9 else others)

    def check_margin(self, request: Request, symbol: Symbol, price: float) -> AccountValues:
        """Refuses what the free margin does not carry (10019)."""
        after = self.values_after(request, symbol, price)
        if after.margin_free < 0 and after.margin > self.account().margin:
            raise RefusedError(mt5.TRADE_RETCODE_NO_MONEY)
        return after

    def _symbol(self, name: str) -> Symbol:
        symbol = SYMBOLS.get(name)
        if symbol is None:
            raise RefusedError(mt5.TRADE_RETCODE_INVALID)
        return symbol

    def _tradable_quote(self, symbol: Symbol) -> Quote:
        quote = self.valuation.quote(symbol.name)
        if not self.market.is_open or not symbol.in_session(self.market.now_msc // 1000):
            raise RefusedError(mt5.TRADE_RETCODE_MARKET_CLOSED)
        return quote

    def _unknown(self, request: Request, reason: int) -> Result:
        raise RefusedError(mt5.TRADE_RETCODE_INVALID)

    def _deal(self, request: Request, reason: int) -> Result:
        symbol, quote, position = self.check_market_order(request)
        price = self._fill_price(symbol, request.type, quote)
        if position is None:
            self.check_margin(request, symbol, price)
        else:
            checks.check_frozen_position(symbol, position, quote)
        unfilled = self._unfilled(symbol, request)
        now = self.market.now_msc
        order = self.execution.market_order(
            symbol=symbol.name, side=request.type, volume=round(request.volume, 8), filling=request.type_filling,
            magic=request.magic, reason=reason, comment=request.comment, time_msc=now, sl=request.sl, tp=request.tp,
            position_id=request.position, unfilled=unfilled,
        )  # fmt: skip
        if position is None:
            deal = self.execution.fill(order, price, now)
        else:
            deal = self.execution.close(order, position, price, now)
        return Result(
            retcode=mt5.TRADE_RETCODE_DONE_PARTIAL if unfilled else mt5.TRADE_RETCODE_DONE, deal=deal.ticket,
            order=order.ticket, volume=deal.volume, price=price, bid=quote.bid, ask=quote.ask,
        )  # fmt: skip

    def _fill_price(self, symbol: Symbol, side: int, quote: Quote) -> float:
        """The price a market order gets; in market execution it may slip."""
        points = int(self.ledger.meta.get("slippage", 0)) if symbol.execution == MARKET_EXECUTION else 0
        price = quote.ask + points * symbol.point if side == BUY else quote.bid - points * symbol.point
        return round(price, symbol.digits)

    def _unfilled(self, symbol: Symbol, request: Request) -> float:
        """Volume the market does not have: given up by an IOC order, the end of a fill-or-kill one (10006)."""
        available = float(self.ledger.meta.get("liquidity", 0.0)) or request.volume
        if request.volume <= available + 1e-9:
            return 0.0
        if request.type_filling != mt5.ORDER_FILLING_IOC or available < symbol.volume_min:
            raise RefusedError(mt5.TRADE_RETCODE_REJECT)
        steps = int(available / symbol.volume_step + 1e-9)
        return round(request.volume - steps * symbol.volume_step, 8)

    def check_pending_order(self, request: Request) -> tuple[Symbol, Quote]:
        """Makes all checks of a new working order.

        Raises:
            RefusedError: the request is not acceptable.
        """
        symbol = self._symbol(request.symbol)
        quote = self._tradable_quote(symbol)
        if request.type not in range(2, 8):
            raise RefusedError(mt5.TRADE_RETCODE_INVALID)
        checks.check_trade_mode(self.trade_mode(symbol.name), checks.side_of(request.type), closing=False)
        checks.check_volume(symbol, request.volume)
        checks.check_filling(symbol, request.type_filling, request.type)
        checks.check_expiration(request, self.market.now_msc // 1000)
        checks.check_pending_prices(symbol, request.type, quote, request)
        if len(self.ledger.orders) >= LIMIT_ORDERS:
            raise RefusedError(mt5.TRADE_RETCODE_LIMIT_ORDERS)
        return symbol, quote

    def _place(self, request: Request, reason: int) -> Result:
        symbol, quote = self.check_pending_order(request)
        now = self.market.now_msc
        order = Order(
            ticket=self.ledger.next_ticket("order"), symbol=symbol.name, type=request.type,
            type_time=request.type_time, type_filling=request.type_filling, state=mt5.ORDER_STATE_PLACED,
            volume_initial=round(request.volume, 8), volume_current=round(request.volume, 8),
            price_open=request.price, price_stoplimit=request.stoplimit, sl=request.sl, tp=request.tp,
            time_setup_msc=now, time_done_msc=0, time_expiration=self._expiration(request), magic=request.magic,
            reason=reason, comment=request.comment,
        )  # fmt: skip
        self.ledger.put_order(order)
        return Result(
            retcode=mt5.TRADE_RETCODE_DONE, order=order.ticket, volume=order.volume_initial, bid=quote.bid,
            ask=quote.ask,
        )  # fmt: skip

    def _expiration(self, request: Request) -> int:
        if request.type_time in (mt5.ORDER_TIME_SPECIFIED, mt5.ORDER_TIME_SPECIFIED_DAY):
            return request.expiration
        return 0

    def _modify_position(self, request: Request, reason: int) -> Result:
        del reason  # a modification leaves no order behind
        position = self.ledger.positions.get(request.position)
        if position is None:
            raise RefusedError(mt5.TRADE_RETCODE_POSITION_CLOSED)
        symbol = SYMBOLS[position.symbol]
        quote = self._tradable_quote(symbol)
        if (position.sl, position.tp) == (request.sl, request.tp):
            raise RefusedError(mt5.TRADE_RETCODE_NO_CHANGES)
        checks.check_frozen_position(symbol, position, quote)
        # An unchanged level may stand nearer to the market than a new one could be set.
        sl = request.sl if request.sl != position.sl else 0.0
        tp = request.tp if request.tp != position.tp else 0.0
        checks.check_stops(symbol, position.type, checks.stops_reference(position.type, quote), sl, tp)
        changed = replace(position, sl=request.sl, tp=request.tp, time_update_msc=self.market.now_msc)
        self.ledger.put_position(changed)
        return Result(retcode=mt5.TRADE_RETCODE_DONE)

    def _modify_order(self, request: Request, reason: int) -> Result:
        del reason
        order = self._working_order(request.order)
        symbol = SYMBOLS[order.symbol]
        quote = self._tradable_quote(symbol)
        if not request.stoplimit:
            request = replace(request, stoplimit=order.price_stoplimit)
        checks.check_expiration(request, self.market.now_msc // 1000)
        if checks.same_order(order, request):
            raise RefusedError(mt5.TRADE_RETCODE_NO_CHANGES)
        checks.check_frozen_order(symbol, order, quote)
        checks.check_pending_prices(symbol, order.type, quote, request)
        changed = replace(
            order, price_open=request.price, price_stoplimit=request.stoplimit, sl=request.sl, tp=request.tp,
            type_time=request.type_time, time_expiration=self._expiration(request),
        )  # fmt: skip
        self.ledger.put_order(changed)
        return Result(retcode=mt5.TRADE_RETCODE_DONE, order=order.ticket)

    def _remove_order(self, request: Request, reason: int) -> Result:
        del reason
        order = self._working_order(request.order)
        symbol = SYMBOLS[order.symbol]
        checks.check_frozen_order(symbol, order, self._tradable_quote(symbol))
        self.execution.finish(order, mt5.ORDER_STATE_CANCELED, self.market.now_msc)
        return Result(retcode=mt5.TRADE_RETCODE_DONE, order=order.ticket)

    def _working_order(self, ticket: int) -> Order:
        order = self.ledger.orders.get(ticket)
        if order is None:
            raise RefusedError(mt5.TRADE_RETCODE_INVALID)
        return order

    def _close_by(self, request: Request, reason: int) -> Result:
        position = self.ledger.positions.get(request.position)
        opposite = self.ledger.positions.get(request.position_by)
        if position is None or opposite is None:
            raise RefusedError(mt5.TRADE_RETCODE_POSITION_CLOSED)
        if self.execution.netting or position.symbol != opposite.symbol or position.type == opposite.type:
            raise RefusedError(mt5.TRADE_RETCODE_INVALID)
        self._tradable_quote(SYMBOLS[position.symbol])
        now = self.market.now_msc
        order = self.execution.market_order(
            symbol=position.symbol, side=mt5.ORDER_TYPE_CLOSE_BY, volume=min(position.volume, opposite.volume),
            filling=0, magic=request.magic, reason=reason, comment=request.comment, time_msc=now,
        )  # fmt: skip
        deal = self.execution.close_by(order, position, opposite, now)
        return Result(
            retcode=mt5.TRADE_RETCODE_DONE, deal=deal.ticket, order=order.ticket, volume=deal.volume, price=deal.price
        )

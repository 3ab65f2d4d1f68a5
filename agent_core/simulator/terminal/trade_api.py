"""The API functions that trade or compute what a trade would do."""

from collections.abc import Callable
from typing import Any

from agent_core.simulator import constants as mt5
from agent_core.simulator.broker.models import BUY, SELL, RefusedError, Request, Result
from agent_core.simulator.broker.retcodes import RETCODE_TEXTS
from agent_core.simulator.broker.valuation import NoPriceError
from agent_core.simulator.market.symbols import SYMBOLS, Symbol
from agent_core.simulator.terminal.answers import INVALID_PARAMS, NOT_FOUND, Answer, ApiError, value
from agent_core.simulator.terminal.terminal import Terminal


class TradeApi:
    """Trading functions, by name in `functions`."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._broker = terminal.broker
        self.functions: dict[str, Callable[..., Answer]] = {
            name: getattr(self, name)
            for name in ("order_send", "order_check", "order_calc_margin", "order_calc_profit")
        }

    def order_send(self, *fields: Any) -> Answer:
        """Carries out a request; OrderSendResult without its last field."""
        return value(_result_row(self.send(Request(*fields))))

    def send(self, request: Request) -> Result:
        """Passes a request through the terminal's own switches to the trade server."""
        switches = self._terminal.switches
        if switches.api_disabled:
            raise ApiError(mt5.RES_E_AUTO_TRADING_DISABLED, "Auto-Trading using Python API disabled in Terminal")
        refused = self._refused_by_switches(request)
        if refused:
            return Result(refused, comment=RETCODE_TEXTS[refused])
        return self._broker.send(request)

    def _refused_by_switches(self, request: Request) -> int:
        """Return code of the first switch that is off, or 0."""
        switches = self._terminal.switches
        if not switches.auto_trading:
            return mt5.TRADE_RETCODE_CLIENT_DISABLES_AT
        if not switches.connected:
            return mt5.TRADE_RETCODE_CONNECTION
        if not switches.trade_allowed:
            return mt5.TRADE_RETCODE_TRADE_DISABLED
        if not switches.trade_expert:
            return mt5.TRADE_RETCODE_SERVER_DISABLES_AT
        opens = request.action in (mt5.TRADE_ACTION_DEAL, mt5.TRADE_ACTION_PENDING)
        if opens and request.symbol in SYMBOLS and request.symbol not in self._terminal.selected:
            return mt5.TRADE_RETCODE_PRICE_OFF
        return 0

    def order_check(self, *fields: Any) -> Answer:
        """What a request would lead to; OrderCheckResult without its last field."""
        request = Request(*fields)
        broker = self._broker
        refused = self._refused_by_switches(request)
        account = broker.account()
        retcode = 0
        if refused:
            retcode = refused
        else:
            try:
                if request.action == mt5.TRADE_ACTION_DEAL:
                    symbol, quote, position = broker.check_market_order(request)
                    if position is None:
                        price = quote.ask if request.type == BUY else quote.bid
                        account = broker.values_after(request, symbol, price)
                        broker.check_margin(request, symbol, price)
                elif request.action == mt5.TRADE_ACTION_PENDING:
                    broker.check_pending_order(request)
            except RefusedError as refusal:
                retcode = refusal.retcode
            except NoPriceError:
                retcode = mt5.TRADE_RETCODE_PRICE_OFF
        comment = RETCODE_TEXTS[retcode] if retcode else "Done"
        return value([
            retcode, account.balance, account.equity, account.profit, account.margin, account.margin_free,
            account.margin_level, comment,
        ])  # fmt: skip

    def order_calc_margin(self, action: int, name: str, volume: float, price: float) -> Answer:
        """Margin in the account's currency."""
        symbol = _symbol(action, name)
        return value(self._broker.valuation.margin(symbol, volume, price))

    def order_calc_profit(self, action: int, name: str, volume: float, opened: float, closed: float) -> Answer:
        """Profit in the account's currency."""
        symbol = _symbol(action, name)
        return value(self._broker.valuation.profit(symbol, action, volume, opened, closed))


def _symbol(action: int, name: str) -> Symbol:
    if action not in (BUY, SELL):
        raise ApiError(*INVALID_PARAMS)
    symbol = SYMBOLS.get(name)
    if symbol is None:
        raise ApiError(*NOT_FOUND)
    return symbol


def _result_row(result: Result) -> list[Any]:
    r = result
    return [r.retcode, r.deal, r.order, r.volume, r.price, r.bid, r.ask, r.comment, r.request_id, 0]

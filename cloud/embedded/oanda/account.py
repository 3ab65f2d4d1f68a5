"""One practice account: orders, trades, positions and the transactions that made them."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from cloud.embedded.oanda.levels import level_passed, levels_on_fill, losing_level
from cloud.embedded.oanda.prices import INSTRUMENTS, Instrument, Quote, rfc3339
from cloud.embedded.oanda.rejects import closing_reason, refusal_reason, too_fine

START_BALANCE = Decimal(100000)
Transaction = dict[str, Any]
#: A level's name in a request → the kind of its order, and where a trade keeps it.
_LEVELS = (("takeProfit", "TAKE_PROFIT_ORDER", "take_profit"), ("stopLoss", "STOP_LOSS_ORDER", "stop_loss"))


class RejectedError(Exception):
    """An order that OANDA refuses with a transaction. `transaction` is the reject transaction."""

    def __init__(self, transaction: Transaction) -> None:
        super().__init__(transaction["rejectReason"])
        self.transaction = transaction


@dataclass(slots=True)
class Trade:
    """An open trade. `units` are signed."""

    id: str
    instrument: str
    price: Decimal
    units: Decimal
    opened: str
    initial_units: Decimal
    stop_loss: Decimal | None = None
    take_profit: Decimal | None = None
    extensions: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class PendingOrder:
    """A working order. `terms` are all that it was placed with."""

    id: str
    type: str
    instrument: str
    units: Decimal
    price: Decimal
    created: str
    terms: dict[str, Any]


class PracticeAccount:
    """Fills at the market's quotes. `quote` gives the present one of an instrument."""

    def __init__(
        self, account_id: str, quote: Callable[[Instrument], Quote], *, is_halted: Callable[[], bool] = lambda: False
    ) -> None:
        self._is_halted = is_halted
        self.id = account_id
        self.balance = START_BALANCE
        self.trades: dict[str, Trade] = {}
        self.orders: dict[str, PendingOrder] = {}
        self.transactions: list[Transaction] = []
        self._quote = quote
        self._record("CREATE", accountNumber=1)

    @property
    def last_transaction_id(self) -> str:
        """Id of the newest transaction."""
        return str(len(self.transactions))

    def place(self, order: dict[str, Any], *, replaces: str | None = None) -> list[Transaction]:
        """Takes a MARKET, LIMIT or STOP order; returns its create, fill and cancel transactions.

        Args:
            order: As the API takes it.
            replaces: A working order whose place it takes; that one's cancellation comes first.

        Raises:
            RejectedError: the order is not acceptable.
        """
        kind = order.get("type", "MARKET")
        units = Decimal(str(order["units"]))
        common = {"instrument": order["instrument"], "units": str(units), **_kept(order)}
        if replaces is not None:
            common["replacesOrderID"] = replaces
        reason = refusal_reason(order, kind, units, INSTRUMENTS[order["instrument"]].digits)
        if reason:
            raise RejectedError(self._record(f"{kind}_ORDER_REJECT", rejectReason=reason, **common))
        before = [] if replaces is None else [self.cancel(replaces, reason="CLIENT_REQUEST_REPLACED")]
        created = self._record(
            f"{kind}_ORDER", reason="CLIENT_ORDER" if replaces is None else "REPLACEMENT", **common
        )  # fmt: skip
        if kind == "MARKET":
            return [created, self._execute(created["id"], order["instrument"], units, "MARKET_ORDER", order)]
        waiting = PendingOrder(
            created["id"], kind, order["instrument"], units, Decimal(str(order["price"])), created["time"], order
        )
        self.orders[waiting.id] = waiting
        return [*before, created, *self._triggered(waiting)]

    def cancel(self, order_id: str, *, reason: str = "CLIENT_REQUEST") -> Transaction:
        """Cancels a working order.

        Raises:
            KeyError: there is none.
        """
        del self.orders[order_id]
        return self._record("ORDER_CANCEL", orderID=order_id, reason=reason)

    def close(self, trade_id: str, units: Decimal | None) -> list[Transaction]:
        """Closes a trade, whole (None) or in part; returns the order and its fill.

        Raises:
            KeyError: there is no such trade.
            RejectedError: so many units are not open, or can't be.
        """
        trade = self.trades[trade_id]
        part = abs(trade.units) if units is None else units
        signed = -part if trade.units > 0 else part
        asked = {
            "instrument": trade.instrument, "units": str(signed), "timeInForce": "FOK", "positionFill": "REDUCE_ONLY",
            "reason": "TRADE_CLOSE", "tradeClose": {"tradeID": trade.id, "units": str(part)},
        }  # fmt: skip
        reason = closing_reason(part, abs(trade.units))
        if reason:
            raise RejectedError(self._record("MARKET_ORDER_REJECT", rejectReason=reason, **asked))
        order = self._record("MARKET_ORDER", **asked)
        if self._is_halted():
            return [order, self._record("ORDER_CANCEL", order["id"], orderID=order["id"], reason="MARKET_HALTED")]
        return [order, self._reduce(trade, part, order["id"], "MARKET_ORDER_TRADE_CLOSE")]

    def set_levels(self, trade: Trade, body: dict[str, Any]) -> dict[str, Transaction]:
        """Sets, replaces or removes a trade's target and stop; returns the transactions by their names in the answer.

        One that the market has passed already closes the trade at once; a target that would lose is cancelled.

        Raises:
            RejectedError: a price has too many digits; nothing was changed.
        """
        for member, kind, _ in _LEVELS:
            price = (body.get(member) or {}).get("price")
            if price is not None and too_fine(price, INSTRUMENTS[trade.instrument].digits):
                asked = {"tradeID": trade.id, "price": str(price), "rejectReason": "PRICE_PRECISION_EXCEEDED"}
                raise RejectedError(self._record(f"{kind}_REJECT", **asked))
        done: dict[str, Transaction] = {}
        for member, kind, attribute in _LEVELS:
            if member not in body or trade.id not in self.trades:
                continue
            wanted = body[member]
            if getattr(trade, attribute) is not None:
                reason = "CLIENT_REQUEST_REPLACED" if wanted else "CLIENT_REQUEST"
                done[f"{member}OrderCancelTransaction"] = self._record("ORDER_CANCEL", orderID=trade.id, reason=reason)
            setattr(trade, attribute, None)
            if not wanted:
                continue
            price = Decimal(wanted["price"])
            order = self._record(kind, tradeID=trade.id, price=str(price), timeInForce="GTC", reason="CLIENT_ORDER")
            done[f"{member}OrderTransaction"] = order
            if not self._passed(trade, price, is_stop=member == "stopLoss"):
                setattr(trade, attribute, price)
            elif member == "takeProfit" and self.unrealized(trade) < 0:
                done[f"{member}OrderCreatedCancelTransaction"] = self._record(
                    "ORDER_CANCEL", order["id"], orderID=order["id"], reason="LOSING_TAKE_PROFIT"
                )
            else:
                done[f"{member}OrderFillTransaction"] = self._reduce(trade, abs(trade.units), order["id"], kind)
        return done

    def tick(self) -> None:
        """Lets working orders, stops and targets meet the present quotes."""
        if self._is_halted():
            return
        for trade in list(self.trades.values()):
            if trade.stop_loss is not None and self._passed(trade, trade.stop_loss, is_stop=True):
                self._reduce(trade, abs(trade.units), None, "STOP_LOSS_ORDER")
            elif trade.take_profit is not None and self._passed(trade, trade.take_profit, is_stop=False):
                self._reduce(trade, abs(trade.units), None, "TAKE_PROFIT_ORDER")
        for order in list(self.orders.values()):
            self._triggered(order)

    def unrealized(self, trade: Trade) -> Decimal:
        """Floating profit of a trade in US dollars."""
        bid, ask = self._sides(trade.instrument)
        return self._home((bid if trade.units > 0 else ask) - trade.price, trade.units, trade.instrument)

    def floating(self) -> Decimal:
        """Floating profit of all trades."""
        return sum((self.unrealized(trade) for trade in self.trades.values()), Decimal(0))

    def margin_used(self) -> Decimal:
        """Margin that open trades hold."""
        return sum((self._margin_needed(trade.instrument, trade.units) for trade in self.trades.values()), Decimal(0))

    def margin_available(self) -> Decimal:
        """What is left for new trades."""
        return max(Decimal(0), self.balance + self.floating() - self.margin_used())

    def home_value(self, currency: str) -> Decimal:
        """What one unit of a currency is worth in US dollars."""
        if currency == "USD":
            return Decimal(1)
        if f"{currency}_USD" in INSTRUMENTS:
            return self._sides(f"{currency}_USD")[0]
        return (1 / self._sides(f"USD_{currency}")[0]).quantize(Decimal("0.0000001"))

    def _passed(self, trade: Trade, price: Decimal, *, is_stop: bool) -> bool:
        bid, ask = self._sides(trade.instrument)
        return level_passed(bid if trade.units > 0 else ask, price, is_long=trade.units > 0, is_stop=is_stop)

    def _triggered(self, order: PendingOrder) -> list[Transaction]:
        """The end of a working order whose price is met; nothing while it is not."""
        bid, ask = self._sides(order.instrument)
        price = ask if order.units > 0 else bid
        rising = (order.type == "STOP") == (order.units > 0)
        if self._is_halted() or not ((price >= order.price) if rising else (price <= order.price)):
            return []
        del self.orders[order.id]
        return [self._execute(order.id, order.instrument, order.units, f"{order.type}_ORDER", order.terms)]

    def _execute(
        self, order_id: str, instrument: str, units: Decimal, reason: str, order: dict[str, Any]
    ) -> Transaction:
        """Fills an order, or cancels it where that can't be."""
        refused = self._refused_fill(instrument, units, order)
        if refused:
            return self._record("ORDER_CANCEL", order_id, orderID=order_id, reason=refused)
        return self._fill(order_id, instrument, units, reason, order)

    def _refused_fill(self, instrument: str, units: Decimal, order: dict[str, Any]) -> str | None:
        if self._is_halted():
            return "MARKET_HALTED"
        if self._margin_needed(instrument, units) > self.margin_available():
            return "INSUFFICIENT_MARGIN"
        if any(trade.instrument == instrument and (trade.units > 0) != (units > 0) for trade in self.trades.values()):
            return None  # what only reduces a trade brings no levels
        return losing_level(*self._sides(instrument), order, is_long=units > 0)

    def _fill(self, order_id: str, instrument: str, units: Decimal, reason: str, order: dict[str, Any]) -> Transaction:
        bid, ask = self._sides(instrument)
        price = ask if units > 0 else bid
        left, profit = units, Decimal(0)
        effect: dict[str, Any] = {}
        if order.get("positionFill", "DEFAULT") != "OPEN_ONLY":
            left, effect, profit = self._offset(instrument, units, price)
        fill = self._record(
            "ORDER_FILL", order_id, orderID=order_id, instrument=instrument, units=str(units),
            requestedUnits=str(units), price=str(price), pl=f"{profit:.4f}", financing="0.0000", commission="0.0000",
            accountBalance=f"{self.balance:.4f}", reason=reason, **effect,
        )  # fmt: skip
        if client_id := (order.get("clientExtensions") or {}).get("id"):
            fill["clientOrderID"] = client_id
        if left:
            margin = self._margin_needed(instrument, left)
            fill["tradeOpened"] = {
                "tradeID": fill["id"],
                "units": str(left),
                "price": str(price),
                "initialMarginRequired": f"{margin:.4f}",
            }
            levels = levels_on_fill(order, price, is_long=left > 0)
            self.trades[fill["id"]] = Trade(
                fill["id"], instrument, price, left, fill["time"], left, *levels,
                extensions=order.get("tradeClientExtensions") or {},
            )  # fmt: skip
        return fill

    def _offset(self, instrument: str, units: Decimal, price: Decimal) -> tuple[Decimal, dict[str, Any], Decimal]:
        """Lets an order reduce opposite trades, oldest first; what is left of it, what it closed, the profit."""
        closed: list[dict[str, str]] = []
        reduced: dict[str, str] | None = None
        profit = Decimal(0)
        for trade in list(self.trades.values()):
            if not units or trade.instrument != instrument or (trade.units > 0) == (units > 0):
                continue
            part = min(abs(units), abs(trade.units))
            outcome = self._take_off(trade, part, price)
            profit += Decimal(outcome["realizedPL"])
            units += part if units < 0 else -part
            if trade.id in self.trades:
                reduced = outcome
            else:
                closed.append(outcome)
        effect: dict[str, Any] = {"tradesClosed": closed} if closed else {}
        return units, effect | ({"tradeReduced": reduced} if reduced else {}), profit

    def _take_off(self, trade: Trade, units: Decimal, price: Decimal) -> dict[str, str]:
        signed = units if trade.units > 0 else -units
        profit = self._home(price - trade.price, signed, trade.instrument)
        self.balance += profit
        trade.units -= signed
        if trade.units == 0:
            del self.trades[trade.id]
        return {"tradeID": trade.id, "units": str(-signed), "price": str(price), "realizedPL": f"{profit:.4f}"}

    def _reduce(self, trade: Trade, units: Decimal, order_id: str | None, reason: str) -> Transaction:
        bid, ask = self._sides(trade.instrument)
        price = bid if trade.units > 0 else ask
        part = self._take_off(trade, units, price)
        effect = {"tradeReduced": part} if trade.id in self.trades else {"tradesClosed": [part]}
        return self._record(
            "ORDER_FILL", order_id, orderID=order_id or trade.id, instrument=trade.instrument, units=part["units"],
            price=str(price), pl=part["realizedPL"], financing="0.0000", commission="0.0000",
            accountBalance=f"{self.balance:.4f}", reason=reason, **effect,
        )  # fmt: skip

    def _sides(self, instrument: str) -> tuple[Decimal, Decimal]:
        quote = self._quote(INSTRUMENTS[instrument])
        return Decimal(str(quote.bid)), Decimal(str(quote.ask))

    def _home(self, distance: Decimal, units: Decimal, instrument: str) -> Decimal:
        profit = distance * units
        if instrument.endswith("_USD"):
            return profit.quantize(Decimal("0.0001"))
        rate = self._sides("USD_" + instrument[-3:])[0]
        return (profit / rate).quantize(Decimal("0.0001"))

    def _margin_needed(self, instrument: str, units: Decimal) -> Decimal:
        rate = Decimal(str(INSTRUMENTS[instrument].margin_rate))
        return (abs(units) * self.home_value(instrument[:3]) * rate).quantize(Decimal("0.0001"))

    def _record(self, kind: str, batch: str | None = None, /, **members: Any) -> Transaction:
        number = str(len(self.transactions) + 1)
        transaction = {
            "id": number, "batchID": batch or number, "type": kind, "accountID": self.id, "userID": 1,
            "time": rfc3339(time.time()), **members,
        }  # fmt: skip
        self.transactions.append(transaction)
        return transaction


def _kept(order: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in order.items() if name not in {"type", "instrument", "units"}}

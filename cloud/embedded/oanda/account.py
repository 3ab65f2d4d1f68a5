"""One practice account: orders, trades, positions and the transactions that made them."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from cloud.embedded.oanda.prices import INSTRUMENTS, Instrument, Quote, rfc3339
from cloud.embedded.oanda.rejects import refusal_reason

START_BALANCE = Decimal(100000)
Transaction = dict[str, Any]


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
    """A working LIMIT or STOP order."""

    id: str
    type: str
    instrument: str
    units: Decimal
    price: Decimal
    created: str
    stop_loss: Decimal | None = None
    take_profit: Decimal | None = None
    extensions: dict[str, str] = field(default_factory=dict)


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
        levels = _levels(order)
        if kind != "MARKET":
            self.orders[created["id"]] = PendingOrder(
                created["id"], kind, order["instrument"], units, Decimal(str(order["price"])), created["time"],
                *levels, extensions=order.get("clientExtensions") or {},
            )  # fmt: skip
            return [*before, created]
        refused = self._refused_fill(order["instrument"], units)
        if refused:
            cancel = self._record("ORDER_CANCEL", created["id"], orderID=created["id"], reason=refused)
            return [created, cancel]
        return [created, self._fill(created["id"], order["instrument"], units, "MARKET_ORDER", levels, order)]

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
        """
        trade = self.trades[trade_id]
        part = abs(trade.units) if units is None else min(units, abs(trade.units))
        signed = -part if trade.units > 0 else part
        order = self._record(
            "MARKET_ORDER", instrument=trade.instrument, units=str(signed), timeInForce="FOK",
            positionFill="REDUCE_ONLY", reason="TRADE_CLOSE", tradeClose={"tradeID": trade.id, "units": str(part)},
        )  # fmt: skip
        if self._is_halted():
            return [order, self._record("ORDER_CANCEL", order["id"], orderID=order["id"], reason="MARKET_HALTED")]
        return [order, self._reduce(trade, part, order["id"], "MARKET_ORDER_TRADE_CLOSE")]

    def tick(self) -> None:
        """Lets working orders, stops and targets meet the present quotes."""
        for trade in list(self.trades.values()):
            bid, ask = self._sides(trade.instrument)
            exit_price = bid if trade.units > 0 else ask
            sign = 1 if trade.units > 0 else -1
            if trade.stop_loss is not None and sign * (exit_price - trade.stop_loss) <= 0:
                self._reduce(trade, abs(trade.units), None, "STOP_LOSS_ORDER")
            elif trade.take_profit is not None and sign * (exit_price - trade.take_profit) >= 0:
                self._reduce(trade, abs(trade.units), None, "TAKE_PROFIT_ORDER")
        for order in list(self.orders.values()):
            bid, ask = self._sides(order.instrument)
            price = ask if order.units > 0 else bid
            rising = (order.type == "STOP") == (order.units > 0)
            if (price >= order.price) if rising else (price <= order.price):
                del self.orders[order.id]
                levels = (order.stop_loss, order.take_profit)
                self._fill(order.id, order.instrument, order.units, f"{order.type}_ORDER", levels, {})

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

    def _refused_fill(self, instrument: str, units: Decimal) -> str | None:
        if self._is_halted():
            return "MARKET_HALTED"
        lacking = self._margin_needed(instrument, units) > self.margin_available()
        return "INSUFFICIENT_MARGIN" if lacking else None

    def _fill(
        self,
        order_id: str,
        instrument: str,
        units: Decimal,
        reason: str,
        levels: tuple[Decimal | None, Decimal | None],
        order: dict[str, Any],
    ) -> Transaction:
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


def _levels(order: dict[str, Any]) -> tuple[Decimal | None, Decimal | None]:
    prices = [(order.get(name) or {}).get("price") for name in ("stopLossOnFill", "takeProfitOnFill")]
    stop, target = (None if price is None else Decimal(str(price)) for price in prices)
    return stop, target


def _kept(order: dict[str, Any]) -> dict[str, Any]:
    names = ("price", "timeInForce", "positionFill", "clientExtensions", "stopLossOnFill", "takeProfitOnFill")
    return {name: order[name] for name in names if name in order}

"""The JSON documents of OANDA's v20 API."""

from decimal import Decimal
from typing import Any

from cloud.embedded.oanda.account import PendingOrder, PracticeAccount, Trade
from cloud.embedded.oanda.prices import INSTRUMENTS, Instrument, Quote, rfc3339


def price_document(instrument: Instrument, quote: Quote) -> dict[str, Any]:
    """A PRICE line of the stream, and an entry of the pricing endpoint."""
    digits = instrument.digits
    bid, ask = f"{quote.bid:.{digits}f}", f"{quote.ask:.{digits}f}"
    return {
        "type": "PRICE",
        "time": rfc3339(quote.time),
        "bids": [{"price": bid, "liquidity": 500000}],
        "asks": [{"price": ask, "liquidity": 500000}],
        "closeoutBid": bid,
        "closeoutAsk": ask,
        "status": "tradeable",
        "tradeable": True,
        "instrument": instrument.name,
    }


def summary_document(account: PracticeAccount) -> dict[str, Any]:
    """The account as the summary endpoint gives it."""
    floating, used = account.floating(), account.margin_used()
    nav = account.balance + floating
    return {
        "id": account.id,
        "alias": "Practice",
        "currency": "USD",
        "createdByUserID": 1,
        "createdTime": account.transactions[0]["time"],
        "hedgingEnabled": False,
        "marginRate": "0.02",
        "guaranteedStopLossOrderMode": "DISABLED",
        "lastTransactionID": account.last_transaction_id,
        "balance": _money(account.balance),
        "openTradeCount": len(account.trades),
        "openPositionCount": len({trade.instrument for trade in account.trades.values()}),
        "pendingOrderCount": len(account.orders),
        "pl": _money(account.balance - 100000),
        "unrealizedPL": _money(floating),
        "NAV": _money(nav),
        "marginUsed": _money(used),
        "marginAvailable": _money(account.margin_available()),
        "positionValue": _money(used * 50),
        "marginCloseoutPercent": f"{(used / 2 / nav if nav > 0 else Decimal(1)):.5f}",
        "withdrawalLimit": _money(account.margin_available()),
    }


def trade_document(account: PracticeAccount, trade: Trade) -> dict[str, Any]:
    """An open trade."""
    document: dict[str, Any] = {
        "id": trade.id,
        "instrument": trade.instrument,
        "price": str(trade.price),
        "openTime": trade.opened,
        "state": "OPEN",
        "initialUnits": str(trade.initial_units),
        "currentUnits": str(trade.units),
        "realizedPL": "0.0000",
        "unrealizedPL": _money(account.unrealized(trade)),
        "financing": "0.0000",
    }
    if trade.extensions:
        document["clientExtensions"] = trade.extensions
    for name, price in (("stopLossOrder", trade.stop_loss), ("takeProfitOrder", trade.take_profit)):
        if price is not None:
            document[name] = {"price": str(price), "timeInForce": "GTC", "state": "PENDING", "tradeID": trade.id}
    return document


def order_document(order: PendingOrder) -> dict[str, Any]:
    """A working order."""
    return {
        "timeInForce": "GTC",
        "positionFill": "DEFAULT",
        "triggerCondition": "DEFAULT",
        **order.terms,
        "id": order.id,
        "createTime": order.created,
        "type": order.type,
        "instrument": order.instrument,
        "units": str(order.units),
        "price": str(order.price),
        "state": "PENDING",
    }


def ended_order_document(account: PracticeAccount, order_id: str) -> dict[str, Any] | None:
    """An order that was filled or cancelled; null where there never was one."""
    rows = account.transactions
    made = next((row for row in rows if row["id"] == order_id and row["type"].endswith("_ORDER")), None)
    end = next((row for row in rows if row.get("orderID") == order_id), None)
    if made is None or end is None:
        return None
    state, word = ("FILLED", "filling") if end["type"] == "ORDER_FILL" else ("CANCELLED", "cancelling")
    return {
        "id": order_id, "createTime": made["time"], "type": made["type"].removesuffix("_ORDER"),
        "instrument": made["instrument"], "units": made["units"], "state": state, f"{word}TransactionID": end["id"],
        f"{state.lower()}Time": end["time"],
    }  # fmt: skip


def position_document(account: PracticeAccount, instrument: str) -> dict[str, Any]:
    """All trades of an instrument as one position."""
    trades = [trade for trade in account.trades.values() if trade.instrument == instrument]
    return {
        "instrument": instrument,
        "pl": "0.0000",
        "unrealizedPL": _money(sum((account.unrealized(trade) for trade in trades), Decimal(0))),
        "long": _side(account, [trade for trade in trades if trade.units > 0]),
        "short": _side(account, [trade for trade in trades if trade.units < 0]),
    }


def instrument_document(instrument: Instrument) -> dict[str, Any]:
    """What can be traded, as the instruments endpoint gives it."""
    return {
        "name": instrument.name,
        "type": "METAL" if instrument.name.startswith("XAU") else "CURRENCY",
        "displayName": instrument.name.replace("_", "/"),
        "pipLocation": instrument.pip_location,
        "displayPrecision": instrument.digits,
        "tradeUnitsPrecision": 0,
        "minimumTradeSize": "1",
        "maximumOrderUnits": "100000000",
        "marginRate": str(instrument.margin_rate),
    }


def conversion_document(account: PracticeAccount, currency: str) -> dict[str, Any]:
    """What one unit of a currency is worth in the account's currency."""
    worth = account.home_value(currency)
    return {
        "currency": currency, "accountGain": str(worth), "accountLoss": str(worth), "positionValue": str(worth)
    }  # fmt: skip


def known(name: str) -> Instrument | None:
    """The instrument of a name, or None."""
    return INSTRUMENTS.get(name)


def _side(account: PracticeAccount, trades: list[Trade]) -> dict[str, Any]:
    units = sum((trade.units for trade in trades), Decimal(0))
    side: dict[str, Any] = {
        "units": str(units),
        "pl": "0.0000",
        "unrealizedPL": _money(sum((account.unrealized(trade) for trade in trades), Decimal(0))),
    }
    if trades:
        side["averagePrice"] = str(sum(trade.price * trade.units for trade in trades) / units)
        side["tradeIDs"] = [trade.id for trade in trades]
    return side


def _money(amount: Decimal) -> str:
    return f"{amount:.4f}"

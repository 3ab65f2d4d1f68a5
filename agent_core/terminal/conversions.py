"""MetaTrader's records, as the terminal host hands them over, become the agent's models."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from agent_core.terminal.constants import MARGIN_MODE_HEDGING, TRADE_MODE_REAL, OrderType
from agent_core.terminal.models import (
    BAR_DTYPE,
    Account,
    Bars,
    CheckResult,
    Deal,
    HistoryOrder,
    OrderKind,
    PendingOrder,
    Position,
    SendResult,
    Side,
    SymbolSpec,
    TerminalInfo,
    Tick,
    TradeMode,
)
from agent_core.terminal.server_time import ServerClock

Record = Mapping[str, Any]

SYMBOL_FIELDS = (
    "name", "description", "path", "digits", "point", "trade_tick_size", "trade_tick_value", "trade_tick_value_profit",
    "trade_tick_value_loss", "trade_contract_size", "volume_min", "volume_max", "volume_step", "volume_limit",
    "trade_stops_level", "trade_freeze_level", "trade_mode", "trade_exemode", "filling_mode", "expiration_mode",
    "order_mode", "currency_base", "currency_profit", "currency_margin", "spread", "visible", "select", "swap_long",
    "swap_short",
)  # fmt: skip
TICK_FIELDS = ("bid", "ask", "time_msc")

_KINDS: dict[int, tuple[Side, OrderKind]] = {
    OrderType.BUY: (Side.BUY, OrderKind.MARKET),
    OrderType.SELL: (Side.SELL, OrderKind.MARKET),
    OrderType.BUY_LIMIT: (Side.BUY, OrderKind.LIMIT),
    OrderType.SELL_LIMIT: (Side.SELL, OrderKind.LIMIT),
    OrderType.BUY_STOP: (Side.BUY, OrderKind.STOP),
    OrderType.SELL_STOP: (Side.SELL, OrderKind.STOP),
    OrderType.BUY_STOP_LIMIT: (Side.BUY, OrderKind.STOP_LIMIT),
    OrderType.SELL_STOP_LIMIT: (Side.SELL, OrderKind.STOP_LIMIT),
    OrderType.CLOSE_BY: (Side.BUY, OrderKind.MARKET),
}
_SIDES = {0: Side.BUY, 1: Side.SELL}


def order_type(side: Side, kind: OrderKind) -> OrderType:
    """Returns MetaTrader's type of an order."""
    return next(OrderType(number) for number, pair in _KINDS.items() if pair == (side, kind))


def side_and_kind(number: int) -> tuple[Side, OrderKind]:
    """Returns side and kind of MetaTrader's type of an order."""
    return _KINDS[number]


def account(record: Record) -> Account:
    """`AccountInfo` → Account."""
    return Account(
        login=record["login"],
        server=record["server"],
        company=record["company"],
        name=record["name"],
        currency=record["currency"],
        currency_digits=record["currency_digits"],
        leverage=record["leverage"],
        live=record["trade_mode"] == TRADE_MODE_REAL,
        hedging=record["margin_mode"] == MARGIN_MODE_HEDGING,
        balance=record["balance"],
        credit=record["credit"],
        profit=record["profit"],
        equity=record["equity"],
        margin=record["margin"],
        margin_free=record["margin_free"],
        margin_level=record["margin_level"] if record["margin"] > 0 else None,
        trade_allowed=bool(record["trade_allowed"]),
        trade_expert=bool(record["trade_expert"]),
    )


def terminal_info(record: Record) -> TerminalInfo:
    """`TerminalInfo` → TerminalInfo; the ping comes in microseconds."""
    return TerminalInfo(
        connected=bool(record["connected"]),
        trade_allowed=bool(record["trade_allowed"]),
        tradeapi_disabled=bool(record["tradeapi_disabled"]),
        build=record["build"],
        ping_ms=record["ping_last"] / 1000,
        name=record["name"],
        company=record["company"],
        path=Path(record["path"]),
        data_path=Path(record["data_path"]),
        max_bars=record["maxbars"],
    )


def symbol(record: Record) -> SymbolSpec:
    """`SymbolInfo` → SymbolSpec."""
    return SymbolSpec(
        name=record["name"],
        description=record["description"],
        path=record["path"],
        digits=record["digits"],
        point=record["point"],
        tick_size=record["trade_tick_size"] or record["point"],
        tick_value=record["trade_tick_value"],
        tick_value_profit=record["trade_tick_value_profit"] or record["trade_tick_value"],
        tick_value_loss=record["trade_tick_value_loss"] or record["trade_tick_value"],
        contract_size=record["trade_contract_size"],
        volume_min=record["volume_min"],
        volume_max=record["volume_max"],
        volume_step=record["volume_step"],
        volume_limit=record["volume_limit"],
        stops_level=record["trade_stops_level"],
        freeze_level=record["trade_freeze_level"],
        trade_mode=TradeMode(record["trade_mode"]),
        execution_mode=record["trade_exemode"],
        filling_mode=record["filling_mode"],
        expiration_mode=record["expiration_mode"],
        order_mode=record["order_mode"],
        currency_base=record["currency_base"],
        currency_profit=record["currency_profit"],
        currency_margin=record["currency_margin"],
        spread=record["spread"],
        visible=bool(record["visible"]),
        selected=bool(record["select"]),
        swap_long=record["swap_long"],
        swap_short=record["swap_short"],
    )


def tick(name: str, record: Record, clock: ServerClock) -> Tick:
    """`Tick` → Tick."""
    return Tick(name, record["bid"], record["ask"], clock.utc_msc(record["time_msc"]))


def position(record: Record, clock: ServerClock) -> Position:
    """`TradePosition` → Position."""
    return Position(
        ticket=record["ticket"],
        symbol=record["symbol"],
        side=_SIDES[record["type"]],
        volume=record["volume"],
        price_open=record["price_open"],
        price_current=record["price_current"],
        sl=record["sl"] or None,
        tp=record["tp"] or None,
        profit=record["profit"],
        swap=record["swap"],
        time=clock.utc(record["time_msc"] / 1000),
        magic=record["magic"],
        comment=record["comment"],
        identifier=record["identifier"],
    )


def pending_order(record: Record, clock: ServerClock) -> PendingOrder:
    """`TradeOrder` of `orders_get` → PendingOrder."""
    side, kind = _KINDS[record["type"]]
    expiration = record["time_expiration"]
    return PendingOrder(
        ticket=record["ticket"],
        symbol=record["symbol"],
        side=side,
        kind=kind,
        volume=record["volume_current"],
        price=record["price_open"],
        stop_limit_price=record["price_stoplimit"] or None,
        sl=record["sl"] or None,
        tp=record["tp"] or None,
        time=clock.utc(record["time_setup_msc"] / 1000),
        expiration=clock.utc(expiration) if expiration else None,
        magic=record["magic"],
        comment=record["comment"],
    )


def history_order(record: Record, clock: ServerClock) -> HistoryOrder:
    """`TradeOrder` of `history_orders_get` → HistoryOrder."""
    side, kind = _KINDS[record["type"]]
    return HistoryOrder(
        ticket=record["ticket"],
        symbol=record["symbol"],
        side=side,
        kind=kind,
        state=record["state"],
        volume_initial=record["volume_initial"],
        volume_current=record["volume_current"],
        price=record["price_open"],
        time_setup=clock.utc(record["time_setup_msc"] / 1000),
        time_done=clock.utc(record["time_done_msc"] / 1000),
        position_id=record["position_id"],
        magic=record["magic"],
        comment=record["comment"],
    )


def deal(record: Record, clock: ServerClock) -> Deal:
    """`TradeDeal` → Deal. Types beyond buy and sell are balance operations."""
    return Deal(
        ticket=record["ticket"],
        order=record["order"],
        position_id=record["position_id"],
        symbol=record["symbol"],
        side=_SIDES.get(record["type"]),
        entry=record["entry"],
        volume=record["volume"],
        price=record["price"],
        profit=record["profit"],
        commission=record["commission"],
        swap=record["swap"],
        fee=record["fee"],
        time=clock.utc(record["time_msc"] / 1000),
        magic=record["magic"],
        comment=record["comment"],
    )


def send_result(record: Record) -> SendResult:
    """`OrderSendResult` → SendResult."""
    return SendResult(
        retcode=record["retcode"],
        deal=record["deal"],
        order=record["order"],
        volume=record["volume"],
        price=record["price"],
        bid=record["bid"],
        ask=record["ask"],
        comment=record["comment"],
    )


def check_result(record: Record) -> CheckResult:
    """`OrderCheckResult` → CheckResult."""
    return CheckResult(
        retcode=record["retcode"],
        balance=record["balance"],
        equity=record["equity"],
        profit=record["profit"],
        margin=record["margin"],
        margin_free=record["margin_free"],
        comment=record["comment"],
    )


def bars(raw: bytes, dtype: list[Any], clock: ServerClock) -> Bars:
    """A rates array → Bars."""
    rates = np.frombuffer(raw, dtype=np.dtype([(str(name), str(kind)) for name, kind in dtype]))
    result = np.empty(len(rates), dtype=BAR_DTYPE)
    for name in ("open", "high", "low", "close", "spread"):
        result[name] = rates[name]
    result["time"] = clock.utc_seconds(rates["time"].astype(np.int64))
    result["volume"] = rates["tick_volume"]
    return result

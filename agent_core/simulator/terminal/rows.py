"""Rows of MetaTrader5's records, in their order of fields, out of the trade server's books."""

from typing import Any

from agent_core.simulator import records
from agent_core.simulator.broker.broker import Broker
from agent_core.simulator.broker.checks import side_of
from agent_core.simulator.broker.models import BUY, Deal, Order, Position
from agent_core.simulator.market.bars import Records
from agent_core.simulator.market.market import Quote
from agent_core.simulator.market.symbols import Symbol


def position_row(broker: Broker, position: Position) -> list[Any]:
    """A TradePosition."""
    p = position
    return [
        p.ticket, p.time_msc // 1000, p.time_msc, p.time_update_msc // 1000, p.time_update_msc, p.type, p.magic,
        p.ticket, p.reason, p.volume, p.price_open, p.sl, p.tp, broker.valuation.close_price(p), p.swap,
        broker.valuation.position_profit(p), p.symbol, p.comment, "",
    ]  # fmt: skip


def order_row(broker: Broker, order: Order) -> list[Any]:
    """A TradeOrder, working or done."""
    o = order
    price = o.price_current
    if not o.time_done_msc:
        quote = broker.valuation.quote(o.symbol)
        price = quote.ask if side_of(o.type) == BUY else quote.bid
    return [
        o.ticket, o.time_setup_msc // 1000, o.time_setup_msc, o.time_done_msc // 1000, o.time_done_msc,
        o.time_expiration, o.type, o.type_time, o.type_filling, o.state, o.magic, o.position_id, o.position_by_id,
        o.reason, o.volume_initial, o.volume_current, o.price_open, o.sl, o.tp, price, o.price_stoplimit, o.symbol,
        o.comment, "",
    ]  # fmt: skip


def deal_row(deal: Deal) -> list[Any]:
    """A TradeDeal."""
    d = deal
    return [
        d.ticket, d.order, d.time_msc // 1000, d.time_msc, d.type, d.entry, d.magic, d.position_id, d.reason, d.volume,
        d.price, d.commission, d.swap, d.profit, 0.0, d.symbol, d.comment, "",
    ]  # fmt: skip


def tick_row(quote: Quote) -> list[Any]:
    """A Tick."""
    return [quote.time_msc // 1000, quote.bid, quote.ask, 0.0, 0, quote.time_msc, 6, 0.0]


_TEXTS = frozenset(
    {"basis", "category", "currency_base", "currency_profit", "currency_margin", "bank", "description", "exchange",
     "formula", "isin", "name", "page", "path"}
)  # fmt: skip
_WHOLE = frozenset(
    {"chart_mode", "session_deals", "session_buy_orders", "session_sell_orders", "volume", "volumehigh", "volumelow",
     "time", "digits", "spread", "ticks_bookdepth", "trade_calc_mode", "trade_mode", "start_time", "expiration_time",
     "trade_stops_level", "trade_freeze_level", "trade_exemode", "swap_mode", "swap_rollover3days", "expiration_mode",
     "filling_mode", "order_mode", "order_gtc_mode", "option_mode", "option_right"}
)  # fmt: skip
_FLAGS = frozenset({"custom", "select", "visible", "spread_float", "margin_hedged_use_leg"})
_EMPTY: dict[str, Any] = {
    name: "" if name in _TEXTS else 0 if name in _WHOLE else False if name in _FLAGS else 0.0
    for name in records.SymbolInfo.__match_args__
}


def symbol_row(broker: Broker, symbol: Symbol, *, selected: bool, day: Records) -> list[Any]:
    """A SymbolInfo; a symbol that is not selected has no prices. `day` holds the daily bar and the one before it."""
    s = symbol
    fields = _EMPTY | {
        "select": selected, "visible": selected, "digits": s.digits, "spread_float": True,
        "trade_calc_mode": 4 if s.cfd else 0, "trade_mode": broker.trade_mode(s.name),
        "trade_stops_level": s.stops_level, "trade_freeze_level": s.freeze_level, "trade_exemode": s.execution,
        "swap_mode": 1, "swap_rollover3days": 3, "expiration_mode": 15, "filling_mode": s.filling, "order_mode": 127,
        "point": s.point, "trade_tick_size": s.point, "trade_contract_size": s.contract_size,
        "volume_min": s.volume_min, "volume_max": s.volume_max, "volume_step": s.volume_step,
        "swap_long": s.swap_long, "swap_short": s.swap_short, "margin_hedged": s.contract_size,
        "currency_base": s.base, "currency_profit": s.profit, "currency_margin": s.margin_currency,
        "description": s.description, "name": s.name, "path": f"{s.folder}\\{s.name}",
    }  # fmt: skip
    quote = broker.market.quote(s.name) if selected else None
    if quote is not None:
        valuation = broker.valuation
        gain, loss = (round(valuation.tick_value(s, gain=gain), 8) for gain in (True, False))
        # Day extremes of the ask are those of the bid plus the present spread: bars keep the bid alone.
        spread = round(quote.ask - quote.bid, s.digits)
        fields |= {
            "time": quote.time_msc // 1000, "spread": round(spread * s.scale), "bid": quote.bid, "ask": quote.ask,
            "trade_tick_value": gain, "trade_tick_value_profit": gain, "trade_tick_value_loss": loss,
        }  # fmt: skip
        if len(day):
            high, low, opened = (float(day[name][-1]) for name in ("high", "low", "open"))
            before = float(day["close"][-2]) if len(day) > 1 else opened
            fields |= {
                "bidhigh": high, "bidlow": low, "askhigh": round(high + spread, s.digits),
                "asklow": round(low + spread, s.digits), "session_open": opened, "session_close": before,
                "price_change": round((quote.bid / before - 1.0) * 100.0, 4),
            }  # fmt: skip
    return list(fields.values())

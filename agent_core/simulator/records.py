"""The record types of the MetaTrader5 package: tuples with named attributes that behave like C struct sequences."""

from collections.abc import Iterable
from operator import itemgetter
from typing import Any, ClassVar, Self


class StructSequence(tuple[Any, ...]):
    """Base of the record types. Like PyStructSequence it has no `_fields`, `_replace` or `_make`."""

    __slots__ = ()
    n_fields: ClassVar[int]
    n_sequence_fields: ClassVar[int]
    n_unnamed_fields: ClassVar[int] = 0
    __match_args__: ClassVar[tuple[str, ...]]

    def __new__(cls, sequence: Iterable[Any]) -> Self:
        """Builds the record from a sequence of exactly its fields."""
        values = tuple(sequence)
        if len(values) != cls.n_fields:
            raise TypeError(f"{cls.__name__}() takes a {cls.n_fields}-sequence ({len(values)}-sequence given)")
        return super().__new__(cls, values)

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in zip(self.__match_args__, self, strict=True))
        return f"{type(self).__name__}({fields})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (tuple(self),)

    def _asdict(self) -> dict[str, Any]:
        return dict(zip(self.__match_args__, self, strict=True))


def _record(name: str, fields: str) -> Any:
    names = tuple(fields.split())
    members: dict[str, Any] = {field: property(itemgetter(index)) for index, field in enumerate(names)}
    members |= {
        "__slots__": (),
        "__module__": __name__,
        "__match_args__": names,
        "n_fields": len(names),
        "n_sequence_fields": len(names),
    }
    return type(name, (StructSequence,), members)


Tick = _record("Tick", "time bid ask last volume time_msc flags volume_real")
TradeRequest = _record(
    "TradeRequest",
    "action magic order symbol volume price stoplimit sl tp deviation type type_filling type_time expiration comment"
    " position position_by",
)
OrderSendResult = _record(
    "OrderSendResult",
    "retcode deal order volume price bid ask comment request_id retcode_external request",
)
OrderCheckResult = _record(
    "OrderCheckResult",
    "retcode balance equity profit margin margin_free margin_level comment request",
)
TradePosition = _record(
    "TradePosition",
    "ticket time time_msc time_update time_update_msc type magic identifier reason volume price_open sl tp"
    " price_current swap profit symbol comment external_id",
)
TradeOrder = _record(
    "TradeOrder",
    "ticket time_setup time_setup_msc time_done time_done_msc time_expiration type type_time type_filling state magic"
    " position_id position_by_id reason volume_initial volume_current price_open sl tp price_current price_stoplimit"
    " symbol comment external_id",
)
TradeDeal = _record(
    "TradeDeal",
    "ticket order time time_msc type entry magic position_id reason volume price commission swap profit fee symbol"
    " comment external_id",
)
BookInfo = _record("BookInfo", "type price volume volume_dbl")
AccountInfo = _record(
    "AccountInfo",
    "login trade_mode leverage limit_orders margin_so_mode trade_allowed trade_expert margin_mode currency_digits"
    " fifo_close balance credit profit equity margin margin_free margin_level margin_so_call margin_so_so"
    " margin_initial margin_maintenance assets liabilities commission_blocked name server currency company",
)
TerminalInfo = _record(
    "TerminalInfo",
    "community_account community_connection connected dlls_allowed trade_allowed tradeapi_disabled email_enabled"
    " ftp_enabled notifications_enabled mqid build maxbars codepage ping_last community_balance retransmission company"
    " name language path data_path commondata_path",
)
SymbolInfo = _record(
    "SymbolInfo",
    "custom chart_mode select visible session_deals session_buy_orders session_sell_orders volume volumehigh volumelow"
    " time digits spread spread_float ticks_bookdepth trade_calc_mode trade_mode start_time expiration_time"
    " trade_stops_level trade_freeze_level trade_exemode swap_mode swap_rollover3days margin_hedged_use_leg"
    " expiration_mode filling_mode order_mode order_gtc_mode option_mode option_right bid bidhigh bidlow ask askhigh"
    " asklow last lasthigh lastlow volume_real volumehigh_real volumelow_real option_strike point trade_tick_value"
    " trade_tick_value_profit trade_tick_value_loss trade_tick_size trade_contract_size trade_accrued_interest"
    " trade_face_value trade_liquidity_rate volume_min volume_max volume_step volume_limit swap_long swap_short"
    " margin_initial margin_maintenance session_volume session_turnover session_interest session_buy_orders_volume"
    " session_sell_orders_volume session_open session_close session_aw session_price_settlement"
    " session_price_limit_min session_price_limit_max margin_hedged price_change price_volatility price_theoretical"
    " price_greeks_delta price_greeks_theta price_greeks_gamma price_greeks_vega price_greeks_rho price_greeks_omega"
    " price_sensitivity basis category currency_base currency_profit currency_margin bank description exchange formula"
    " isin name page path",
)

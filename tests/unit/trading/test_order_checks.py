from decimal import Decimal
from typing import Any

import pytest

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.terminal.models import OrderKind, Side, SymbolSpec, Tick, TradeMode
from agent_core.trading.models import Finding
from agent_core.trading.order_checks import closing_price, level_findings, price_findings, refuse, symbol_findings


@pytest.mark.parametrize(
    ("mode", "side", "refused"),
    [
        (TradeMode.FULL, Side.BUY, False),
        (TradeMode.DISABLED, Side.BUY, True),
        (TradeMode.CLOSE_ONLY, Side.SELL, True),
        (TradeMode.LONG_ONLY, Side.BUY, False),
        (TradeMode.LONG_ONLY, Side.SELL, True),
        (TradeMode.SHORT_ONLY, Side.SELL, False),
        (TradeMode.SHORT_ONLY, Side.BUY, True),
    ],
)
def test_what_the_symbol_allows(make_spec: Any, make_ticket: Any, mode: TradeMode, side: Side, refused: bool) -> None:
    assert bool(symbol_findings(make_ticket(side=side), make_spec(trade_mode=mode))) is refused


def test_a_kind_of_order_the_symbol_does_not_take(make_spec: Any, make_ticket: Any) -> None:
    findings = symbol_findings(make_ticket(kind=OrderKind.STOP_LIMIT), make_spec(order_mode=7))
    assert findings[0].text == "The broker takes no stop limit orders for EURUSD. Choose another type."


@pytest.mark.parametrize(
    ("side", "kind", "price", "text"),
    [
        (Side.BUY, OrderKind.MARKET, None, None),
        (Side.BUY, OrderKind.LIMIT, None, "Enter the price"),
        (Side.BUY, OrderKind.LIMIT, "1.09", None),
        (Side.BUY, OrderKind.LIMIT, "1.11", "The price 1.11000 must be below 1.10010."),
        (Side.SELL, OrderKind.LIMIT, "1.11", None),
        (Side.SELL, OrderKind.LIMIT, "1.09", "must be above 1.10000."),
        (Side.BUY, OrderKind.STOP, "1.11", None),
        (Side.BUY, OrderKind.STOP, "1.09", "must be above"),
        (Side.SELL, OrderKind.STOP, "1.09", None),
        (Side.SELL, OrderKind.STOP, "1.11", "must be below"),
    ],
)
def test_pending_prices(
    spec: SymbolSpec, tick: Tick, make_ticket: Any, side: Side, kind: OrderKind, price: str | None, text: str | None
) -> None:
    ticket = make_ticket(side=side, kind=kind, price=None if price is None else Decimal(price))
    findings = price_findings(ticket, spec, tick)
    assert bool(findings) is (text is not None)
    if text is not None:
        assert text in findings[0].text


@pytest.mark.parametrize(
    ("side", "price", "limit", "text"),
    [
        (Side.BUY, "1.11", None, "Enter the limit price"),
        (Side.BUY, "1.11", "1.12", "at or below the stop price 1.11"),
        (Side.BUY, "1.11", "1.105", None),
        (Side.SELL, "1.09", "1.08", "at or above the stop price 1.09"),
        (Side.SELL, "1.09", "1.095", None),
    ],
)
def test_stop_limit_prices(
    spec: SymbolSpec, tick: Tick, make_ticket: Any, side: Side, price: str, limit: str | None, text: str | None
) -> None:
    ticket = make_ticket(
        side=side,
        kind=OrderKind.STOP_LIMIT,
        price=Decimal(price),
        stop_limit_price=None if limit is None else Decimal(limit),
    )
    findings = price_findings(ticket, spec, tick)
    assert [text in finding.text for finding in findings if text] == ([True] if text else [])
    assert len(findings) == (1 if text else 0)


@pytest.mark.parametrize(
    ("side", "sl", "tp", "fields"),
    [
        (Side.BUY, "1.09", "1.11", []),
        (Side.BUY, "1.11", "1.09", ["sl", "tp"]),
        (Side.SELL, "1.11", "1.09", []),
        (Side.SELL, "1.09", "1.11", ["sl", "tp"]),
        (Side.BUY, None, None, []),
        (Side.BUY, "-1", None, ["sl"]),
    ],
)
def test_levels_lie_on_their_side(
    spec: SymbolSpec, side: Side, sl: str | None, tp: str | None, fields: list[str]
) -> None:
    levels = (None if level is None else Decimal(level) for level in (sl, tp))
    findings = level_findings(side, spec, Decimal("1.1"), *levels)
    assert [finding.field for finding in findings] == fields
    assert all(finding.code is ErrorCode.INVALID_STOPS for finding in findings)


def test_the_stops_level_says_how_near_is_allowed(make_spec: Any) -> None:
    findings = level_findings(Side.BUY, make_spec(stops_level=50), Decimal("1.10000"), Decimal("1.09980"), None)
    assert findings[0].text == "The stop 1.09980 must be below the price, at 1.09950 or further away."
    assert not level_findings(Side.BUY, make_spec(stops_level=50), Decimal("1.10000"), Decimal("1.09950"), None)


def test_a_position_is_closed_at_the_other_price(tick: Tick) -> None:
    assert (closing_price(Side.BUY, tick), closing_price(Side.SELL, tick)) == (Decimal("1.1"), Decimal("1.1001"))


def test_the_first_finding_is_raised() -> None:
    refuse(None)
    with pytest.raises(ForexEliteError, match="no") as raised:
        refuse(None, Finding(ErrorCode.INVALID_STOPS, "no", "sl"))
    assert (raised.value.code, raised.value.field) == (ErrorCode.INVALID_STOPS, "sl")

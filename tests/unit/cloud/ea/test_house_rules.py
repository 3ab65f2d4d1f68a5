"""What every careful EA of the house has."""

import pytest

from agent_core.mql.templates import strategy_templates
from cloud.ea.house_rules import house_rules

HEAD = """#include <Trade\\Trade.mqh>
#include <ForexElite\\Heartbeat.mqh>
input double InpRiskPercent = 1.0; // Risk
input int InpMaxSpread = 20; // Spread
input long InpMagic = 7; // Magic
CTrade first, second;
int OnInit() { HeartbeatInit(InpMagic); first.SetExpertMagicNumber(InpMagic); return(INIT_SUCCEEDED); }
void OnDeinit(const int reason) { HeartbeatStop(); }
void OnTick() { HeartbeatBeat(); %s }
"""


def test_the_shipped_strategies_keep_them() -> None:
    assert [house_rules(template.source) for template in strategy_templates()] == [[]] * len(strategy_templates())


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("first.Buy(0.1);", "every order needs a stop loss: Buy has none"),
        ("second.Sell(0.1, _Symbol, 0.0, 0.0, tp);", "every order needs a stop loss: Sell has none"),
        ("first.PositionOpen(_Symbol, ORDER_TYPE_BUY, 0.1, price, NULL, tp);", "PositionOpen has none"),
        ("first.PositionModify(ticket, 0, tp);", "PositionModify has none"),
        ("MqlTradeRequest r; MqlTradeResult s; r.sl = 0; OrderSend(r, s);", "the request's sl is never set"),
        ("second.SetExpertMagicNumber(8);", "one magic number for all orders"),
        ("first.PositionClose(PositionGetTicket(0));", "PositionClose may end others' trades"),
        ("second.OrderDelete(OrderGetTicket(0));", "OrderDelete may end others' trades"),
        (
            "MqlTradeRequest r; MqlTradeResult s; r.sl = x; r.position = PositionGetTicket(0); OrderSend(r, s);",
            "OrderSend may end others' trades",
        ),
    ],
)
def test_an_order_without_care_is_found(code: str, message: str) -> None:
    (finding,) = house_rules(HEAD % code)
    assert message in finding.message
    assert (finding.line, finding.severity, finding.origin) == (9, "warning", "rules")


@pytest.mark.parametrize(
    "code",
    [
        "first.Buy(Lots(a, b), _Symbol, 0, price - MathMax(a, b), 0);",
        "MqlTradeRequest r; MqlTradeResult s; r.sl = price - d; OrderSend(r, s);",
        "if (PositionGetInteger(POSITION_MAGIC) == InpMagic) first.PositionClose(ticket);",
        "list.Buy(0.1); first.PositionModify(ticket, stop, 0); second.SetExpertMagicNumber(InpMagic);",
    ],
)
def test_careful_orders_are_left_alone(code: str) -> None:
    assert house_rules(HEAD % code) == []


def test_what_is_missing_is_named() -> None:
    assert [finding.message for finding in house_rules("void OnTick() {}")] == [
        "<ForexElite\\Heartbeat.mqh> has to be included, and HeartbeatInit, HeartbeatBeat, HeartbeatStop called",
        "an input for the risk per trade in percent is missing",
        "an input for the highest spread is missing",
        "an input for the magic number is missing",
    ]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (f"// nothing {sign}FileDelete(name);", "invisible characters")
        for sign in ("\x00", "\x0b", "\x0c", "\x85", "\u2028", "\u00ad", "\u3164", "\u061c")
    ]
    + [
        ("long other = ChartNext(ChartFirst());", "other charts"),
        ("ChartSetSymbolPeriod(0, symbol, PERIOD_M1);", "other charts"),
        ("ChartSetInteger(0, CHART_COLOR_STOP_LEVEL, clrNONE);", "how stops look"),
        ("\n#define GET #import\n", "directives may not be built"),
        ('\n#property tester_library "x.dll"\n', "libraries may not be named"),
    ],
)
def test_what_may_not_stay(code: str, message: str) -> None:
    findings = [finding for finding in house_rules(HEAD % code) if finding.severity == "error"]
    assert findings
    assert all(message in finding.message for finding in findings)

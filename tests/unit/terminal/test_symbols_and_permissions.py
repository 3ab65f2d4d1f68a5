from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent_core.protocol.errors import ErrorCode
from agent_core.terminal.errors import terminal_error
from agent_core.terminal.models import Account, SymbolSpec, TerminalInfo, TradeMode
from agent_core.terminal.permissions import permission_stack
from agent_core.terminal.symbols import canonical_name, resolve_symbol

SPEC = SymbolSpec(
    "EURUSD", "", "", 5, 0.00001, 0.00001, 1.0, 1.0, 1.0, 1e5, 0.01, 100.0, 0.01, 0.0, 0, 0, TradeMode.FULL, 2, 3, 15,
    127, "EUR", "USD", "EUR", 8, True, True, 0.0, 0.0,
)  # fmt: skip
INFO = TerminalInfo(True, True, False, 5000, 1.0, "MT5", "", Path(), Path(), 100_000)
ACCOUNT = Account(1, "D", "", "", "USD", 2, 100, False, True, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0, None, True, True)


@pytest.mark.parametrize(
    ("name", "canonical"),
    [
        ("EURUSD", "EURUSD"), ("EURUSD.m", "EURUSD"), ("EURUSDm", "EURUSD"), ("EURUSDc", "EURUSD"),
        ("EURUSD@", "EURUSD"), ("EURUSD.pro", "EURUSD"), ("EURUSD.r", "EURUSD"), ("XAUUSD-ECN", "XAUUSD"),
        ("US30", "US30"), ("US30.cash", "US30"), ("eu", "EU"),
    ],
)  # fmt: skip
def test_canonical_names(name: str, canonical: str) -> None:
    assert canonical_name(name) == canonical


def test_a_symbol_is_found_whatever_its_suffix() -> None:
    def named(name: str, mode: TradeMode = TradeMode.FULL, *, visible: bool = True) -> SymbolSpec:
        return replace(SPEC, name=name, trade_mode=mode, visible=visible)

    def resolved(name: str, *symbols: SymbolSpec) -> str | None:
        found = resolve_symbol(name, symbols)
        return None if found is None else found.name

    assert resolved("EURUSD", named("EURUSD"), named("EURUSD.r")) == "EURUSD"
    assert resolved("EUR/USD", named("EURUSDm")) == "EURUSDm"
    assert resolved("EURUSD.r", named("EURUSD"), named("EURUSD.r")) == "EURUSD.r"
    # The bare name may be there to look at only.
    assert resolved("EURUSD", named("EURUSD", TradeMode.DISABLED), named("EURUSD.r")) == "EURUSD.r"
    assert resolved("EURUSD", named("EURUSD", TradeMode.DISABLED)) == "EURUSD"
    assert resolved("EURUSD", named("EURUSD.m", visible=False), named("EURUSD.pro")) == "EURUSD.pro"
    assert resolved("EURUSD", named("GBPUSD")) is None
    assert resolved("??", named("GBPUSD")) is None
    # Where positions can only be closed, a sibling that trades is meant.
    assert resolved("EURUSD", named("EURUSD", TradeMode.CLOSE_ONLY), named("EURUSD.r")) == "EURUSD.r"
    assert resolved("EURUSD", named("EURUSD", TradeMode.CLOSE_ONLY), named("EURUSD.r", TradeMode.DISABLED)) == "EURUSD"
    assert resolved("EURUSD", named("EURUSD.a", TradeMode.CLOSE_ONLY), named("EURUSD.raw", TradeMode.LONG_ONLY)) == (
        "EURUSD.raw"
    )


def test_the_users_own_choice_wins_where_the_broker_has_it() -> None:
    symbols = [replace(SPEC, name=name) for name in ("EURUSD", "EURUSD.r", "GOLD")]
    chosen = {"EURUSD": "EURUSD.r", "XAUUSD": "GOLD", "GBPUSD": "GBPUSD.x"}
    for name, expected in (
        ("EURUSD", "EURUSD.r"), ("EUR/USD", "EURUSD.r"), ("XAU_USD", "GOLD"), ("GOLD", "GOLD"), ("GBPUSD", None),
    ):  # fmt: skip
        found = resolve_symbol(name, symbols, chosen)
        assert (found.name if found else None) == expected


def test_the_permission_stack_names_the_switch_and_the_way_to_it() -> None:
    noon = datetime(2026, 3, 4, 12, tzinfo=UTC)
    assert all(permission.allowed for permission in permission_stack(INFO, ACCOUNT, SPEC, noon, noon))
    off = permission_stack(
        replace(INFO, connected=False, trade_allowed=False, tradeapi_disabled=True),
        replace(ACCOUNT, trade_allowed=False, trade_expert=False),
        replace(SPEC, trade_mode=TradeMode.CLOSE_ONLY),
    )
    assert len(off) == 7
    assert not any(permission.allowed for permission in off)
    assert all(permission.fix.endswith(".") for permission in off)
    assert "Algo Trading button" in off[1].fix
    assert len(permission_stack(INFO, None)) == 3


def test_a_market_without_quotes_is_told_to_be_closed() -> None:
    friday, saturday = datetime(2026, 3, 6, 21, 59, tzinfo=UTC), datetime(2026, 3, 7, 9, tzinfo=UTC)
    *others, market = permission_stack(INFO, ACCOUNT, SPEC, friday, saturday)
    assert all(permission.allowed for permission in others)
    assert not market.allowed
    assert "EURUSD was quoted last on Friday 06 March at 21:59 UTC" in market.fix
    assert "is not quoted" in permission_stack(INFO, ACCOUNT, SPEC)[-1].fix


@pytest.mark.parametrize(
    ("code", "text", "error", "words"),
    [
        (-10003, "IPC initialize failed, MetaTrader 5 x64 not found", ErrorCode.BROKER_UNAVAILABLE, "was not found"),
        (-10003, "Process create failed 'x'", ErrorCode.BROKER_UNAVAILABLE, "could not be started"),
        (-10003, "Pipe server didn't answer in 60 sec", ErrorCode.BROKER_UNAVAILABLE, "does not answer"),
        (-10004, "No IPC connection", ErrorCode.BROKER_UNAVAILABLE, "is not running"),
        (-10005, "IPC timeout", ErrorCode.BROKER_UNAVAILABLE, "not logged in"),
        (-6, "Terminal: Authorization failed", ErrorCode.BROKER_UNAVAILABLE, "could not log in"),
        (-8, "Auto-Trading disabled", ErrorCode.ALGO_TRADING_DISABLED, "external Python API"),
        (-4, "Terminal: Not found", ErrorCode.NOT_FOUND, "does not know"),
        (-10001, "IPC send failed", ErrorCode.BROKER_UNAVAILABLE, "broke"),
    ],
)
def test_every_failure_of_the_terminal_is_one_sentence(code: int, text: str, error: ErrorCode, words: str) -> None:
    found = terminal_error(code, text)
    assert found.code is error
    assert words in found.detail
    assert found.detail.endswith(".")

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from agent_core.terminal.models import OrderKind, Side, SymbolSpec, Tick, TradeMode
from agent_core.trading.models import OrderTicket, SizeMode

EURUSD = SymbolSpec(
    name="EURUSD", description="Euro vs US Dollar", path="Forex\\EURUSD", digits=5, point=0.00001, tick_size=0.00001,
    tick_value=1.0, tick_value_profit=1.0, tick_value_loss=1.0, contract_size=100_000.0, volume_min=0.01,
    volume_max=100.0, volume_step=0.01, volume_limit=0.0, stops_level=0, freeze_level=0, trade_mode=TradeMode.FULL,
    execution_mode=2, filling_mode=3, expiration_mode=15, order_mode=127, currency_base="EUR", currency_profit="USD",
    currency_margin="EUR", spread=8, visible=True, selected=True, swap_long=-6.0, swap_short=1.0,
)  # fmt: skip


@pytest.fixture
def spec() -> SymbolSpec:
    return EURUSD


@pytest.fixture
def tick() -> Tick:
    return Tick("EURUSD", 1.10000, 1.10010, 1_700_000_000_000)


@pytest.fixture
def make_spec() -> Any:
    return lambda **changes: replace(EURUSD, **changes)


@pytest.fixture
def make_ticket() -> Any:
    def make(**changes: Any) -> OrderTicket:
        client_id: UUID = uuid4()
        ticket = OrderTicket(client_id, "EURUSD", Side.BUY, OrderKind.MARKET, SizeMode.LOTS, Decimal("0.1"))
        return replace(ticket, **changes)

    return make

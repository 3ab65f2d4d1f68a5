"""What a broker's depth, slippage, account currency and comment length do to an order, read back from the terminal."""

from decimal import Decimal
from typing import Any

import pytest

from agent_core.simulator.options import SimulatorOptions
from agent_core.trading.models import OutcomeStatus, SizeMode


async def test_an_order_filled_in_part_is_told_as_what_it_is(bench: Any) -> None:
    bench.control(liquidity=0.12)
    done = await bench.desk.place(bench.ticket(symbol="USDJPY", size=Decimal("0.3")))
    assert (done.status, done.lots, done.retcode) == (OutcomeStatus.PARTIAL, Decimal("0.12"), 10010)
    (position,) = bench.truth()["positions"]
    assert (position["ticket"], position["volume"]) == (done.position, 0.12)
    bench.control(liquidity=0.05)
    closed = await bench.desk.close_position(done.position)
    assert closed.status is OutcomeStatus.PARTIAL
    assert bench.truth()["positions"][0]["volume"] == pytest.approx(0.07)
    refused = await bench.desk.place(bench.ticket(symbol="GBPUSD"))  # fills whole or not at all
    assert (refused.status, refused.retcode) == (OutcomeStatus.REFUSED, 10006)
    assert len(bench.truth()["positions"]) == 1


async def test_a_slipped_order_is_told_at_the_price_it_got(bench: Any) -> None:
    bench.control(slippage=25)
    done = await bench.desk.place(bench.ticket(comment="a comment of more than thirty characters"))
    (position,) = bench.truth()["positions"]
    assert done.status is OutcomeStatus.FILLED
    assert done.price == position["price_open"]
    assert position["comment"] == "a comment of more than thirty"


@pytest.mark.parametrize(
    "terminal_options",
    [SimulatorOptions(idle_exit=5, currency="JPY", balance=1_500_000.0), SimulatorOptions(idle_exit=5, currency="EUR")],
    ids=["JPY", "EUR"],
)
@pytest.mark.parametrize("symbol", ["GBPUSD", "USDJPY", "XAUUSD"])
async def test_risk_is_sized_in_the_accounts_currency(bench: Any, symbol: str) -> None:
    tick = await bench.terminal.tick(symbol)
    spec = await bench.terminal.symbol(symbol)
    stop = Decimal(str(round(tick.bid * 0.99, spec.digits)))
    ticket = bench.ticket(symbol=symbol, size_mode=SizeMode.RISK_PERCENT, size=Decimal(1), sl=stop)
    done = await bench.desk.place(ticket)
    assert done.status is OutcomeStatus.FILLED, done.message
    (position,) = await bench.terminal.positions()
    lost = -await bench.terminal.profit(
        position.side, symbol, position.volume, position.price_open, float(stop)
    )  # fmt: skip
    step = lost * spec.volume_step / position.volume
    budget = bench.terminal.account.balance / 100
    assert budget * 0.97 - step <= lost <= budget * 1.01

"""Orders on netting accounts, positions closed by each other, positions turned round."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from agent_core.protocol.errors import ErrorCode
from agent_core.simulator.options import SimulatorOptions
from agent_core.terminal.models import Side
from agent_core.trading.models import OutcomeStatus, RiskLimits


async def test_two_positions_close_each_other(bench: Any) -> None:
    long = await bench.desk.place(bench.ticket(size=Decimal("0.3")))
    short = await bench.desk.place(bench.ticket(side=Side.SELL))
    key = uuid4()
    closed = await bench.desk.close_by(long.position, short.position, client_id=key)
    assert (closed.status, closed.position, closed.lots) == (OutcomeStatus.FILLED, long.position, Decimal("0.1"))
    assert closed.message.startswith("Closed 0.1 EURUSD")
    assert await bench.desk.close_by(long.position, short.position, client_id=key) == closed
    assert [(p["ticket"], p["volume"]) for p in bench.truth()["positions"]] == [(long.position, 0.2)]
    same = await bench.desk.place(bench.ticket())
    refused = await bench.desk.close_by(long.position, same.position)
    assert (refused.status, refused.code) == (OutcomeStatus.REFUSED, ErrorCode.ORDER_REFUSED)


async def test_a_close_by_whose_answer_is_lost_is_found(bench: Any) -> None:
    long = await bench.desk.place(bench.ticket())
    short = await bench.desk.place(bench.ticket(side=Side.SELL))
    bench.control(fault={"kind": "lose_answer", "executed": True})
    closed = await bench.desk.close_by(long.position, short.position)
    assert (closed.status, closed.position) == (OutcomeStatus.FILLED, long.position)
    assert bench.truth()["positions"] == []


async def test_a_position_is_turned_round_once(bench: Any) -> None:
    long = await bench.desk.place(bench.ticket(size=Decimal("0.3"), sl=Decimal("0.5")))
    turned = await bench.desk.reverse_position(long.position)
    assert turned.status is OutcomeStatus.FILLED
    (held,) = bench.truth()["positions"]
    assert (held["type"], held["volume"], held["ticket"], held["sl"]) == (1, 0.3, turned.position, 0.0)
    gone = await bench.desk.reverse_position(long.position)
    assert (gone.status, gone.code) == (OutcomeStatus.REFUSED, ErrorCode.NOT_FOUND)
    assert len(bench.truth()["positions"]) == 1


class TestNettingAccount:
    @pytest.fixture
    def terminal_options(self) -> SimulatorOptions:
        return SimulatorOptions(idle_exit=5, netting=True)

    async def test_orders_meet_in_one_position(self, bench: Any) -> None:
        assert not bench.terminal.account.hedging
        bench.desk.set_limits(RiskLimits(max_positions=1, max_open_lots=Decimal("0.3")))
        first = await bench.desk.place(bench.ticket(size=Decimal("0.2")))
        more = await bench.desk.place(bench.ticket(size=Decimal("0.1")))
        assert (more.status, more.position, more.profit) == (OutcomeStatus.FILLED, first.position, None)
        over = await bench.desk.place(bench.ticket(size=Decimal("0.1")))
        assert over.code is ErrorCode.RISK_LIMIT
        assert "0.4 lots would be open" in over.message
        less = await bench.desk.place(bench.ticket(side=Side.SELL, size=Decimal("0.1")))
        assert (less.status, less.position) == (OutcomeStatus.FILLED, first.position)
        assert less.profit is not None
        turned = await bench.desk.place(bench.ticket(side=Side.SELL, size=Decimal("0.4")))
        assert (turned.status, turned.position, turned.lots) == (OutcomeStatus.FILLED, first.position, Decimal("0.4"))
        (held,) = await bench.terminal.positions()
        assert (held.side, held.volume) == (Side.SELL, 0.2)
        part = await bench.desk.close_position(held.ticket, Decimal("0.1"))
        assert part.status is OutcomeStatus.FILLED
        reversed_ = await bench.desk.reverse_position(held.ticket)
        assert reversed_.status is OutcomeStatus.FILLED
        (held,) = await bench.terminal.positions()
        assert (held.side, held.volume) == (Side.BUY, 0.1)
        everything = await bench.desk.close_all(close_positions=True, cancel_orders=True)
        assert (everything.closed, everything.failed) == (1, ())

    async def test_a_lost_answer_is_found_among_the_deals(self, bench: Any) -> None:
        first = await bench.desk.place(bench.ticket(size=Decimal("0.2")))
        bench.control(fault={"kind": "lose_answer", "executed": True})
        turned = await bench.desk.place(bench.ticket(side=Side.SELL, size=Decimal("0.3")))
        assert (turned.status, turned.position, turned.lots) == (OutcomeStatus.FILLED, first.position, Decimal("0.3"))
        assert [p["volume"] for p in bench.truth()["positions"]] == [pytest.approx(0.1)]
        assert turned.at - first.at < timedelta(seconds=30)

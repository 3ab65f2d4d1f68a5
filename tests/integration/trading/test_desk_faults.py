"""Answers lost, hosts killed, programs restarted: one order stays one order."""

import asyncio
import subprocess
import sys
from decimal import Decimal
from typing import Any

import psutil
import pytest

from agent_core.protocol.errors import ErrorCode
from agent_core.trading.events import OrderSettled
from agent_core.trading.journal import State
from agent_core.trading.models import OutcomeStatus


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent_core.terminal.calls.TRADE_SECONDS", 1.0)
    monkeypatch.setattr("agent_core.trading.sender._LOOK_SECONDS", 1.0)


@pytest.mark.parametrize("executed", [True, False])
async def test_an_answer_lost_is_found_out_and_never_sent_again(bench: Any, executed: bool, wait_until: Any) -> None:
    bench.control(fault={"kind": "lose_answer", "executed": executed})
    ticket = bench.ticket()
    outcome = await bench.desk.place(ticket)
    settled = outcome.status
    if not outcome.final:
        assert outcome.code is ErrorCode.OUTCOME_UNKNOWN
        assert "do not send" in outcome.message
        await wait_until(lambda: any(_final(event, ticket.client_id) for event in bench.seen))
        settled = (await bench.desk.place(ticket)).status
    assert settled is (OutcomeStatus.FILLED if executed else OutcomeStatus.REFUSED)
    assert len(bench.truth()["positions"]) == int(executed)


@pytest.mark.parametrize("executed", [True, False])
async def test_a_call_that_hangs_is_given_up_and_looked_for(bench: Any, executed: bool, wait_until: Any) -> None:
    bench.control(fault={"kind": "hang", "executed": executed})
    ticket = bench.ticket()
    pid = bench.terminal.host_pid
    outcome = await bench.desk.place(ticket)
    assert bench.terminal.host_pid != pid
    if not outcome.final:
        await wait_until(lambda: any(_final(event, ticket.client_id) for event in bench.seen))
        outcome = await bench.desk.place(ticket)
    assert outcome.status is (OutcomeStatus.FILLED if executed else OutcomeStatus.REFUSED)
    assert len(bench.truth()["positions"]) == int(executed)


async def test_the_host_killed_in_the_middle_of_an_order(bench: Any, wait_until: Any) -> None:
    bench.control(fault={"kind": "hang", "executed": True})
    ticket = bench.ticket()
    placing = asyncio.create_task(bench.desk.place(ticket))
    await wait_until(lambda: len(bench.truth()["positions"]) == 1)
    psutil.Process(bench.terminal.host_pid).kill()
    outcome = await placing
    assert outcome.status is OutcomeStatus.FILLED
    assert outcome.position == bench.truth()["positions"][0]["ticket"]


_PROGRAM = """
import asyncio, sys
from pathlib import Path
from decimal import Decimal
from uuid import UUID
from agent_core.events import EventBus
from agent_core.settings import AgentSettings
from agent_core.store import Store
from agent_core.sync.event_log import EventLog
from agent_core.terminal.feed import MarketFeed
from agent_core.terminal.models import OrderKind, Side
from agent_core.terminal.service import TerminalService
from agent_core.trading.desk import TradingDesk
from agent_core.trading.models import OrderTicket, SizeMode

async def main():
    settings = AgentSettings.model_validate_json(sys.argv[1])
    store, bus = Store(settings.data_folder / "agent.db"), EventBus()
    terminal = TerminalService(settings, store, bus)
    desk = TradingDesk(terminal, MarketFeed(terminal, bus), store, bus, EventLog(store))
    await terminal.reconnect_last()
    await desk.place(OrderTicket(
        UUID(sys.argv[2]), "EURUSD", Side.BUY, OrderKind.MARKET, SizeMode.LOTS, Decimal("0.1")))

asyncio.run(main())
"""


async def test_the_program_killed_with_an_order_under_way(bench: Any, wait_until: Any) -> None:
    ticket = bench.ticket()
    bench.control(fault={"kind": "hang", "executed": True})
    await bench.stop()
    arguments = [bench.settings.model_dump_json(), str(ticket.client_id)]
    program = subprocess.Popen([sys.executable, "-c", _PROGRAM, *arguments])  # noqa: ASYNC220
    await wait_until(lambda: len(bench.truth()["positions"]) == 1, 30)
    program.kill()
    program.wait()
    bench.seen.clear()
    await bench.start()
    await wait_until(lambda: any(_final(event, ticket.client_id) for event in bench.seen))
    outcome = await bench.desk.place(ticket)
    assert outcome.status is OutcomeStatus.FILLED
    assert len(bench.truth()["positions"]) == 1


async def test_the_terminal_killed_in_the_middle_of_an_order(bench: Any, wait_until: Any) -> None:
    bench.control(fault={"kind": "kill", "executed": True})
    ticket = bench.ticket()
    outcome = await bench.desk.place(ticket)
    assert outcome.status is OutcomeStatus.UNKNOWN
    # The trader starts MetaTrader again.
    await bench.terminal.connect(bench.terminal.install)
    await wait_until(lambda: any(_final(event, ticket.client_id) for event in bench.seen))
    assert (await bench.desk.place(ticket)).status is OutcomeStatus.FILLED
    assert len(bench.truth()["positions"]) == 1


async def test_a_requote_is_answered_within_the_deviation(bench: Any) -> None:
    bench.control(fault={"kind": "retcode", "retcode": 10004, "times": 2})
    outcome = await bench.desk.place(bench.ticket(deviation=1000))
    assert outcome.status is OutcomeStatus.FILLED
    assert bench.desk._journal.get(outcome.client_id).attempts == 3
    assert len(bench.truth()["positions"]) == 1


async def test_requotes_without_end_are_a_refusal(bench: Any) -> None:
    bench.control(fault={"kind": "retcode", "retcode": 10004, "times": 50})
    outcome = await bench.desk.place(bench.ticket(deviation=1000))
    assert (outcome.status, outcome.code, outcome.retcode) == (OutcomeStatus.REFUSED, ErrorCode.INVALID_PRICE, 10004)


@pytest.mark.parametrize("retcode", [10012, 10031])
async def test_a_timeout_of_the_broker_is_no_failure(bench: Any, retcode: int, wait_until: Any) -> None:
    bench.control(fault={"kind": "retcode", "retcode": retcode, "executed": True})
    outcome = await bench.desk.place(bench.ticket())
    assert outcome.status is OutcomeStatus.FILLED
    assert len(bench.truth()["positions"]) == 1


async def test_nothing_is_judged_by_a_terminal_cut_off_from_its_broker(bench: Any, wait_until: Any) -> None:
    bench.control(fault={"kind": "retcode", "retcode": 10031, "executed": False})
    ticket = bench.ticket()
    placing = asyncio.create_task(bench.desk.place(ticket))
    await wait_until(lambda: _state(bench, ticket) is State.UNKNOWN)
    bench.control(connected=False)
    assert not (await placing).final
    await asyncio.sleep(2.5)  # longer than an order that was never seen takes to count as lost
    again = await bench.desk.place(ticket)
    assert (again.status, again.code) == (OutcomeStatus.UNKNOWN, ErrorCode.OUTCOME_UNKNOWN)
    bench.control(connected=True)
    await wait_until(lambda: any(_final(event, ticket.client_id) for event in bench.seen))
    assert (await bench.desk.place(ticket)).status is OutcomeStatus.REFUSED
    assert bench.truth()["positions"] == []


async def test_a_close_whose_answer_is_lost_closes_once(bench: Any) -> None:
    opened = await bench.desk.place(bench.ticket(size=Decimal("0.2")))
    bench.control(fault={"kind": "lose_answer", "executed": True})
    closed = await bench.desk.close_position(opened.position, Decimal("0.1"))
    assert (closed.status, closed.lots) == (OutcomeStatus.FILLED, Decimal("0.1"))
    assert bench.truth()["positions"][0]["volume"] == 0.1


async def test_levels_whose_answer_is_lost_are_found_set(bench: Any) -> None:
    opened = await bench.desk.place(bench.ticket())
    bench.control(fault={"kind": "lose_answer", "executed": True})
    sl = Decimal(str(opened.price)).quantize(Decimal("0.0001")) - Decimal("0.01")
    changed = await bench.desk.modify_position(opened.position, sl=sl, tp=None)
    assert changed.status is OutcomeStatus.DONE


def _state(bench: Any, ticket: Any) -> State | None:
    entry = bench.desk._journal.get(ticket.client_id)
    return None if entry is None else entry.state


def _final(event: Any, client_id: Any) -> bool:
    return isinstance(event, OrderSettled) and event.outcome.client_id == client_id and event.outcome.final

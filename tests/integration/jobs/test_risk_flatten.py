"""The risk guard of a whole agent: it closes everything by itself, stays locked over a restart, and is unlocked."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest
from keyring.backends.null import Keyring

from agent_core.agent import Agent
from agent_core.credentials import Credentials
from agent_core.protocol.errors import ErrorCode
from agent_core.settings import AgentSettings
from agent_core.simulator.install import install
from agent_core.simulator.ipc import call_terminal
from agent_core.simulator.options import SimulatorOptions
from agent_core.terminal.models import OrderKind, Side
from agent_core.trading.models import BreachAction, OrderTicket, OutcomeStatus, RiskLimits, SizeMode


async def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "The condition did not come true in time."
        await asyncio.sleep(0.05)


@pytest.fixture
async def settings(tmp_path: Path) -> AsyncIterator[AgentSettings]:
    layout = install(tmp_path / "Größe x", SimulatorOptions(seed=5, idle_exit=20))
    yield AgentSettings(
        data_folder=tmp_path / "dätä",
        roaming_folder=layout.common.parent.parent.parent,
        whole_computer=False,
        mt5_module="agent_core.simulator.mt5",
    )
    await asyncio.to_thread(call_terminal, layout, "control", {"quit": True})


async def begin(settings: AgentSettings) -> Agent:
    agent = Agent(settings, credentials=Credentials(settings.data_folder, Keyring()))  # type: ignore[no-untyped-call]
    await agent.start()
    if agent.terminal.install is None:
        await agent.terminal.connect((await agent.terminal.discover())[0])
    await until(lambda: agent.terminal.connected)
    return agent


def ticket(lots: str) -> OrderTicket:
    return OrderTicket(uuid4(), "EURUSD", Side.BUY, OrderKind.MARKET, SizeMode.LOTS, Decimal(lots))


async def test_a_daily_loss_closes_everything_and_locks(settings: AgentSettings) -> None:
    agent = await begin(settings)
    # Commission and spread of five lots are a loss of more than 20.
    agent.desk.set_limits(
        RiskLimits(daily_loss=Decimal(20), on_breach=BreachAction.FLATTEN, unlock_minutes=0, max_open_lots=Decimal(9))
    )
    assert (await agent.desk.place(ticket("5"))).status is OutcomeStatus.FILLED
    await until(lambda: agent.desk.risk.locked and not agent.feed.positions)
    refused = await agent.desk.place(ticket("0.01"))
    assert (refused.status, refused.code) == (OutcomeStatus.REFUSED, ErrorCode.RISK_LIMIT)
    assert "unlock it in Settings" in refused.message
    facts = [event for event in agent.events.pending() if event.kind in ("risk_decision", "alert")]
    verdicts = [event.data.get("verdict", "alert") for event in facts]
    assert verdicts == ["allowed", "locked", "alert", "flattened", "refused"]
    await agent.stop()

    agent = await begin(settings)
    assert agent.desk.risk.locked
    assert (await agent.desk.place(ticket("0.01"))).code is ErrorCode.RISK_LIMIT
    environment = {"FOREXELITE_DATA_FOLDER": str(settings.data_folder)}
    command = [sys.executable, "-m", "agent_core.headless", "unlock"]
    done = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, encoding="utf-8", env=environment, check=True, timeout=30
    )
    assert "Orders are possible again" in done.stdout
    await until(lambda: not agent.desk.risk.locked)
    assert (await agent.desk.place(ticket("0.01"))).status is OutcomeStatus.FILLED
    await agent.stop()

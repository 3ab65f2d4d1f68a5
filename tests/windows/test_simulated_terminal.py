"""The whole agent on a simulated terminal: what it does is read back from the terminal itself."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from agent_core.agent import Agent
from agent_core.protocol.jobs import ClosePayload, DeployPayload, JobStatus, JobType, ModifyPayload, OrderPayload
from agent_core.terminal.discovery import find_installs, is_running, same_path

SOURCE = (
    resources.files("resources").joinpath("mql5", "templates", "moving_average_cross.mq5").read_text(encoding="utf-8")
)
pytestmark = pytest.mark.timeout(180)


def test_a_terminal_is_found_by_its_data_folder(computer: Any) -> None:
    (found,) = find_installs(computer.settings.roaming_folder)
    assert same_path(found.data_folder, computer.data_folder)
    assert found.executable.is_file()
    assert not found.running
    assert same_path(Path(str(found.executable).upper()), found.executable)


async def test_prices_and_an_order_from_open_to_close(computer: Any, agent: Agent) -> None:
    assert agent.terminal.install is not None
    assert await asyncio.to_thread(is_running, agent.terminal.install.executable)
    bars = await agent.terminal.bars("EURUSD", "M5", 50)
    assert len(bars) == 50
    tick = await agent.terminal.tick("EURUSD")
    assert 0 < tick.bid < tick.ask

    payload = OrderPayload(client_order_id=uuid4(), instrument="EURUSD", side="BUY", units=Decimal(10_000))
    opened = await agent.jobs.run(JobType.ORDER, payload, job_id=payload.client_order_id)
    assert opened.status is JobStatus.COMPLETED
    position_id = opened.result["position_id"]
    stop = (Decimal(opened.result["fill_price"]) - Decimal("0.01")).quantize(Decimal("0.00001"))
    moved = await agent.jobs.run(JobType.MODIFY, ModifyPayload(position_id=position_id, sl=stop, keep=["tp"]))
    assert moved.status is JobStatus.COMPLETED
    (position,) = (await asyncio.to_thread(computer.truth))["positions"]
    assert (str(position["ticket"]), position["sl"]) == (position_id, float(stop))
    closed = await agent.jobs.run(JobType.CLOSE, ClosePayload(position_id=position_id))
    assert closed.status is JobStatus.COMPLETED
    assert (await asyncio.to_thread(computer.truth))["positions"] == []


async def test_an_ea_is_compiled_deployed_run_and_stopped(
    computer: Any, agent: Agent, wait_until: Callable[..., Any]
) -> None:
    ea = agent.ea
    version = ea.save_version(ea.create_project("Größe & Trend").id, SOURCE)
    outcome = await ea.compile(version.id)
    assert (outcome.success, outcome.errors) == (True, 0)
    bad = ea.save_version(version.project_id, "void OnTick() { nowhere = 1; }")
    refused = await ea.compile(bad.id)
    assert not refused.success
    assert any("nowhere" in found.message for found in refused.diagnostics)

    deployment = await ea.deploy(
        DeployPayload(deployment_id=uuid4(), version_id=version.id, symbol="EURUSD", timeframe="M5")
    )
    running = await ea.start(deployment.id)
    assert running.status == "running"
    charts = (await asyncio.to_thread(computer.truth))["charts"]
    assert [found["expert"] for found in charts if found.get("instance") == deployment.instance] == [deployment.expert]
    first = running.last_beat
    await wait_until(lambda: ea.deployments()[0].last_beat != first)
    assert (await ea.stop(deployment.id)).status == "stopped"
    charts = (await asyncio.to_thread(computer.truth))["charts"]
    assert [found for found in charts if found.get("instance") == deployment.instance] == []


async def test_the_terminal_goes_on_when_its_host_is_killed(computer: Any, agent: Agent) -> None:
    before = agent.terminal.host_pid
    client = agent.terminal._client
    assert client is not None
    client._host.kill()
    tick = await agent.terminal.tick("EURUSD")
    assert tick.bid > 0
    assert agent.terminal.host_pid != before
    assert (await asyncio.to_thread(computer.truth))["account"]["balance"] == 10_000

"""A computer that goes down at work and comes up again: agent, terminal host and terminal all die at once."""

import asyncio
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

import psutil
import pytest
from keyring.backends.null import Keyring

from agent_core.agent import Agent
from agent_core.credentials import Credentials
from agent_core.programs import command_for
from agent_core.protocol.jobs import JobStatus, JobType, OrderPayload
from agent_core.settings import AgentSettings
from agent_core.simulator.install import install, install_bridge
from agent_core.simulator.ipc import call_terminal
from agent_core.simulator.layout import Layout
from agent_core.simulator.options import SimulatorOptions

#: The first life: an order filled, an EA on a chart, and another order on its way when the power goes.
_FIRST_LIFE = """
import asyncio, sys
from decimal import Decimal
from importlib import resources
from uuid import UUID, uuid4
from keyring.backends.null import Keyring
from agent_core.agent import Agent
from agent_core.credentials import Credentials
from agent_core.programs import command_for
from agent_core.protocol.jobs import DeploymentPayload, DeployPayload, JobType, OrderPayload
from agent_core.settings import AgentSettings

def order(key):
    return OrderPayload(client_order_id=UUID(key), instrument="EURUSD", side="BUY", units=Decimal(10_000))

async def main(settings, first, second):
    agent = Agent(settings, credentials=Credentials(settings.data_folder, Keyring()))
    await agent.start()
    await agent.terminal.connect((await agent.terminal.discover())[0])
    while agent.ea.bridge.state != "connected":
        await asyncio.sleep(0.02)
    print((await agent.jobs.run(JobType.ORDER, order(first), job_id=UUID(first))).status, flush=True)
    source = resources.files("resources").joinpath("mql5", "templates", "moving_average_cross.mq5").read_text("utf-8")
    version = agent.ea.save_version(agent.ea.create_project("Trend").id, source)
    wanted = DeployPayload(deployment_id=uuid4(), version_id=version.id, symbol="EURUSD", timeframe="M5")
    start = DeploymentPayload(deployment_id=(await agent.ea.deploy(wanted)).id)
    print((await agent.jobs.run(JobType.START, start)).status, flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    await agent.jobs.run(JobType.ORDER, order(second), job_id=UUID(second))

asyncio.run(main(AgentSettings.model_validate_json(sys.argv[1]), *sys.argv[2:]))
"""


async def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "The condition did not come true in time."
        await asyncio.sleep(0.05)


@pytest.fixture
async def layout(tmp_path: Path) -> AsyncIterator[Layout]:
    layout = install(tmp_path / "Größe x", SimulatorOptions(seed=5, idle_exit=30))
    await asyncio.to_thread(install_bridge, layout)
    yield layout
    await asyncio.to_thread(call_terminal, layout, "control", {"quit": True})


async def first_life(settings: AgentSettings, layout: Layout, keys: list[UUID]) -> set[int]:
    """Ends in the middle of the second order, which the broker has carried out; returns the processes that died."""
    arguments = [settings.model_dump_json(), *map(str, keys)]
    program = subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, "-c", _FIRST_LIFE, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert program.stdin is not None
    assert program.stdout is not None
    told = [await asyncio.to_thread(program.stdout.readline) for _ in range(2)]
    assert told == ["completed\n", "completed\n"]
    call_terminal(layout, "control", {"fault": {"kind": "hang", "executed": True}})
    program.stdin.write("\n")
    program.stdin.flush()
    await until(lambda: len(call_terminal(layout, "state")["positions"]) == 2)
    terminal = psutil.Process(call_terminal(layout, "state")["pid"])
    agent = psutil.Process(program.pid)
    processes = {process.pid: process for process in (*agent.children(recursive=True), agent, terminal)}
    for process in processes.values():
        process.kill()
    psutil.wait_procs(list(processes.values()), timeout=10)
    program.wait()
    program.stdin.close()
    program.stdout.close()
    assert not any(psutil.pid_exists(pid) for pid in processes)
    return set(processes)


async def test_everything_is_found_again(layout: Layout, tmp_path: Path) -> None:
    settings = AgentSettings(
        data_folder=tmp_path / "dätä",
        roaming_folder=layout.common.parent.parent.parent,
        whole_computer=False,
        mt5_module="agent_core.simulator.mt5",
        launcher=command_for("simulator"),
    )
    keys = [uuid4(), uuid4()]
    died = await first_life(settings, layout, keys)

    agent = Agent(settings, credentials=Credentials(settings.data_folder, Keyring()))  # type: ignore[no-untyped-call]
    before = agent.events.pending()
    assert len(before) == agent.events.last_seq
    await agent.start()
    await until(lambda: agent.terminal.connected)
    await until(lambda: all(record.outcome is not None for record in agent.jobs.recent()))
    truth = call_terminal(layout, "state")
    assert {truth["pid"], agent.terminal.host_pid}.isdisjoint(died)

    # Each order has its one position, and asked for again it is not sent again.
    found = []
    for key in keys:
        order = OrderPayload(client_order_id=key, instrument="EURUSD", side="BUY", units=Decimal(10_000))
        outcome = await agent.jobs.run(JobType.ORDER, order, job_id=key)
        assert outcome.status is JobStatus.COMPLETED, outcome
        found.append(outcome.result["position_id"])
    assert found == [str(position["ticket"]) for position in call_terminal(layout, "state")["positions"]]

    # The facts go on where they were cut off, each order's intent and outcome among them, once.
    facts = agent.events.pending()
    assert facts[: len(before)] == before
    assert [fact.seq for fact in facts] == list(range(1, len(facts) + 1))
    for kind in ("order_intent", "order_outcome"):
        told = Counter(fact.data["client_order_id"] for fact in facts if fact.kind == kind)
        assert told == dict.fromkeys(map(str, keys), 1), kind

    # The EA's chart comes back with the terminal, and the agent knows it for the one it started.
    await until(lambda: agent.ea.deployments()[0].status == "running")
    (deployment,) = agent.ea.deployments()
    charts = [chart["instance"] for chart in call_terminal(layout, "state")["charts"] if chart["instance"]]
    assert charts == [deployment.instance]
    await agent.stop()

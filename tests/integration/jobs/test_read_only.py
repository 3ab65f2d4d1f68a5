"""Folders that may only be read: the store's, the log's, the terminal's. Each is one clear sentence, nothing trades."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from agent_core.programs import command_for
from agent_core.settings import AgentSettings
from agent_core.simulator.install import install, install_bridge
from agent_core.simulator.ipc import call_terminal
from agent_core.simulator.options import SimulatorOptions

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="permissions are kept otherwise there")

#: Even the superuser is bound by permissions in what is started through this.
_BOUND = """
import ctypes, os, sys
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, PR_CAPBSET_DROP = 1, 2, 24
if os.geteuid() == 0:
    for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        if ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, capability, 0, 0, 0):
            sys.exit("This system lets no capability be dropped.")
os.execv(sys.argv[1], sys.argv[1:])
"""
#: An agent that starts an EA and places an order; it tells how each ended.
_AGENT = """
import asyncio, json, sys
from decimal import Decimal
from importlib import resources
from uuid import uuid4
from keyring.backends.null import Keyring
from agent_core.agent import Agent
from agent_core.credentials import Credentials
from agent_core.protocol.errors import ForexEliteError
from agent_core.protocol.jobs import DeploymentPayload, DeployPayload, JobType, OrderPayload
from agent_core.settings import AgentSettings

async def main(settings):
    agent = Agent(settings, credentials=Credentials(settings.data_folder, Keyring()))
    await agent.start(cloud=False)
    try:
        await agent.terminal.connect((await agent.terminal.discover())[0])
        while agent.ea.bridge.state != "connected":
            await asyncio.sleep(0.02)
        source = resources.files("resources").joinpath("mql5", "templates", "moving_average_cross.mq5")
        version = agent.ea.save_version(agent.ea.create_project("Trend").id, source.read_text("utf-8"))
        wanted = DeployPayload(deployment_id=uuid4(), version_id=version.id, symbol="EURUSD", timeframe="M5")
        deployed = await agent.jobs.run(JobType.DEPLOY, wanted)
        if not deployed.error_detail:
            deployed = await agent.jobs.run(JobType.START, DeploymentPayload(deployment_id=wanted.deployment_id))
        print(deployed.error_code, deployed.error_detail)
    except ForexEliteError as error:
        print(error.code, error.detail)
    order = OrderPayload(client_order_id=uuid4(), instrument="EURUSD", side="BUY", units=Decimal(10_000))
    placed = await agent.jobs.run(JobType.ORDER, order)
    print(placed.error_code, placed.error_detail)
    await agent.stop()

asyncio.run(main(AgentSettings.model_validate_json(sys.argv[1])))
"""


def bound(*command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", _BOUND, *command],
        env={**os.environ, **environment}, capture_output=True, encoding="utf-8", timeout=60, check=False,
    )  # fmt: skip


@contextmanager
def read_only(*paths: Path) -> Iterator[None]:
    modes = {path: path.stat().st_mode for path in paths}
    for path, mode in modes.items():
        path.chmod(mode & ~0o222)
    try:
        yield
    finally:
        for path, mode in modes.items():
            path.chmod(mode)


@pytest.mark.parametrize("name", ["", "logs", "logs/agent.log", "agent.db"])
def test_an_agent_that_can_not_keep_what_it_does_does_not_begin(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "dätä"
    settings = {"FOREXELITE_DATA_FOLDER": str(folder), "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    assert bound(*command_for("agent"), "limits", "max_lots=1", **settings).returncode == 0
    (folder / "logs").mkdir()
    if name == "logs/agent.log":
        (folder / name).touch()
    with read_only(folder / name):
        ended = bound(*command_for("agent"), "run", **settings)
    assert ended.returncode == 1
    (sentence,) = ended.stderr.splitlines()
    assert str(folder / name) in sentence
    assert "write access" in sentence or "is writable" in sentence
    assert ended.stdout == ""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Any]:
    layout = install(tmp_path / "Größe x", SimulatorOptions(seed=5, idle_exit=30))
    install_bridge(layout)
    settings = AgentSettings(
        data_folder=tmp_path / "dätä",
        roaming_folder=layout.common.parent.parent.parent,
        whole_computer=False,
        mt5_module="agent_core.simulator.mt5",
        launcher=command_for("simulator"),
    )
    terminal = subprocess.Popen([*command_for("simulator"), str(layout.executable)], stdout=subprocess.DEVNULL)
    yield layout, settings
    call_terminal(layout, "control", {"quit": True})
    terminal.wait(timeout=10)


@pytest.mark.parametrize(
    ("name", "connects"),
    [("Files", False), ("Files/FEP/tpl", True), ("Files/FEP/cmd", True), ("Experts/ForexElitePro", True)],
)
def test_where_the_terminal_s_folder_can_not_be_written_no_ea_starts(place: Any, name: str, connects: bool) -> None:
    layout, settings = place
    folder = layout.mql5 / name
    folder.mkdir(parents=True, exist_ok=True)
    with read_only(folder):
        done = bound(sys.executable, "-c", _AGENT, settings.model_dump_json())
    assert done.returncode == 0, done.stderr
    ea, order = done.stdout.splitlines()
    assert "Permission denied" in ea
    truth = call_terminal(layout, "state")
    assert [chart["instance"] for chart in truth["charts"] if chart["instance"]] == []
    # Orders go without the bridge, but not without the folder's lock: another agent may hold it.
    assert order.startswith("None" if connects else "BROKER_UNAVAILABLE")
    assert len(truth["positions"]) == int(connects)

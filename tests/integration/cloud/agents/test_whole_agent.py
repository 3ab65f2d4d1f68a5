"""The cloud's API moves a simulated terminal through the whole agent, over a real socket."""

import asyncio
import contextlib
import json
import subprocess
import time
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any, get_args

import pytest
from keyring.backends.null import Keyring

from agent_core.agent import Agent
from agent_core.credentials import Credentials
from agent_core.programs import command_for
from agent_core.protocol.jobs import BacktestOutcome
from agent_core.protocol.market import Timeframe
from agent_core.settings import AgentSettings


def _simulator(root: Path, verb: str, *arguments: str) -> Any:
    command = [*command_for("simulator"), verb, "--root", str(root), *arguments]
    return json.loads(subprocess.run(command, capture_output=True, check=True, timeout=60).stdout)


async def _until(condition: Any) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


@pytest.fixture
async def agent(tmp_path: Path, live: str, desk: Any) -> AsyncIterator[Agent]:
    facts = await asyncio.to_thread(_simulator, tmp_path, "install", "--seed", "5", "--idle-exit", "30")
    settings = AgentSettings(
        data_folder=tmp_path / "data", roaming_folder=Path(facts["roaming"]), whole_computer=False,
        mt5_module="agent_core.simulator.mt5", launcher=command_for("simulator"),
    )  # fmt: skip
    made = Agent(settings, credentials=Credentials(settings.data_folder, Keyring()))
    made.cloud.pair(f"http://{live}", desk.agent.id, desk.agent.key)
    await made.start()
    await made.terminal.connect((await made.terminal.discover())[0])
    await _until(lambda: made.terminal.connected and made.cloud.state.state == "connected")
    account = made.terminal.account
    assert account is not None
    # What is done before its first look at an account is past to the agent.
    await _until(lambda: made.terminal.memory.last_deal(account.login, account.server) is not None)
    async with desk.services.db.as_service() as tx:
        await tx.execute(
            "update broker_connections set account_number = $1 where id = $2", str(account.login), desk.connection
        )
    yield made
    await made.stop()
    with contextlib.suppress(subprocess.CalledProcessError):
        await asyncio.to_thread(_simulator, tmp_path, "control", '{"quit": true}')


async def _positions(desk: Any) -> list[dict[str, Any]]:
    answer = await desk.request("GET", "/positions")
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()
    return rows


async def test_stops_in_pips_closing_by_each_other_and_turning_round(desk: Any, agent: Agent) -> None:
    buy = await desk.post("/orders", desk.order(units="20000", sl="30", sl_mode="PIPS", tp="40", tp_mode="MONEY"))
    assert buy.status_code == 201, buy.text
    [held] = await _positions(desk)
    opened = Decimal(held["open_price"])
    # The spread and the price's way until it was sent are the difference.
    assert abs(opened - Decimal(held["sl"]) - Decimal("0.0030")) < Decimal("0.0005")
    assert abs(Decimal(held["tp"]) - opened - Decimal("0.0020")) < Decimal("0.0005")
    sell = await desk.post("/orders", desk.order(side="SELL", units="50000"))
    body = {"opposite_position_id": sell.json()["position_id"]}
    closed = await desk.request("POST", f"/positions/{held['position_id']}/close-by", body)
    assert closed.status_code == 200, closed.text
    assert closed.json()["units"] == "20000"
    [rest] = await _positions(desk)
    assert (rest["position_id"], rest["side"], rest["units"]) == (sell.json()["position_id"], "SELL", "30000")
    turned = await desk.request("POST", f"/positions/{rest['position_id']}/reverse")
    assert turned.status_code == 201, turned.text
    [now] = await _positions(desk)
    assert (now["position_id"], now["side"], now["units"]) == (turned.json()["position_id"], "BUY", "30000")
    assert await _facts(desk, 6) == {
        # Closing by each other ends a part of both positions, turning round one more.
        "ORDER_PLACED": 3, "POSITION_CLOSED": 3,
    }  # fmt: skip


async def test_a_part_is_closed_in_whole_steps_and_its_size_is_told(desk: Any, agent: Agent) -> None:
    placed = await desk.post("/orders", desk.order(units="20700"))
    assert placed.json()["units"] == "20000"
    path = f"/positions/{placed.json()['position_id']}"
    for units, closed, left in (("5900", "5000", ["15000"]), ("15000", "15000", [])):
        answer = await desk.request("DELETE", path, units=units)
        assert (answer.status_code, answer.json()["units"]) == (200, closed), answer.text
        assert [row["units"] for row in await _positions(desk)] == left


async def _facts(desk: Any, count: int) -> Counter[str]:
    """What the audit log has, once the agent's own log, which comes a moment later, has told so many facts."""
    async with asyncio.timeout(20):
        while len(rows := (await desk.get("/trade-events")).json()) < count:
            await asyncio.sleep(0.05)
    return Counter(row["event_type"] for row in rows)


async def test_bars_of_every_length(desk: Any, agent: Agent) -> None:
    assert agent.terminal.connected
    since = (datetime.now(UTC) - timedelta(days=20)).replace(microsecond=0)
    for frame in get_args(Timeframe):
        query = {"broker_connection_id": desk.connection, "timeframe": frame}
        last = (await desk.get("/candles/EURUSD", **query, count=3)).json()
        assert len(last) == 3, frame
        onwards = await desk.get("/candles/EURUSD", **query, **{"from": since.isoformat(), "count": 2})
        assert onwards.status_code == 200, onwards.text
        assert all(bar["time"] >= since.isoformat()[:19] for bar in onwards.json())


async def test_a_version_goes_through_the_strategy_tester(desk: Any, agent: Agent) -> None:
    assert agent.terminal.connected
    source = resources.files("resources").joinpath("mql5", "templates", "donchian_trend.mq5").read_text("utf-8")
    project = (await desk.post("/ea/projects", {"name": "Donchian"})).json()["project_id"]
    version = (await desk.post(f"/ea/projects/{project}/versions", {"source_code": source})).json()["id"]
    day = datetime.now(UTC).date()
    days = {"from_date": str(day - timedelta(days=60)), "to_date": str(day - timedelta(days=30))}
    job = (await desk.post(f"/ea/versions/{version}/test", {"symbol": "EURUSD", **days})).json()["job_id"]
    async with asyncio.timeout(60):
        while (found := (await desk.get(f"/jobs/{job}")).json())["status"] in {"pending", "in_progress"}:
            await asyncio.sleep(0.1)
    assert found["status"] == "completed", found
    assert BacktestOutcome.model_validate(found["result"]).trades > 0

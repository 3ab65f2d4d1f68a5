"""The product's own agent against the product's own cloud, over a real socket."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from keyring.backends import null

from agent_core.credentials import Credentials
from agent_core.events import EventBus
from agent_core.jobs.executor import JobExecutor
from agent_core.jobs.models import JobKind, Lane
from agent_core.protocol.jobs import JobType, OrderOutcomeModel, OrderPayload
from agent_core.settings import AgentSettings
from agent_core.store import Store
from agent_core.sync.event_log import EventLog
from agent_core.sync.link import CloudLink


class _Agent:
    """The agent's parts that face the cloud; its one handler fills orders."""

    def __init__(self, folder: Path) -> None:
        self.store = Store(folder / "store.sqlite")
        self.events = EventLog(self.store)
        bus = EventBus()
        jobs = JobExecutor(self.store, bus, self.events)
        jobs.register(JobType.ORDER, JobKind(OrderPayload, self._order, Lane.TRADING, 10, trades=True))
        settings = AgentSettings(data_folder=folder)
        self.link = CloudLink(settings, self.store, bus, self.events, jobs, Credentials(folder, null.Keyring()))
        self.orders: list[OrderPayload] = []

    async def _order(self, payload: OrderPayload, _: Any) -> OrderOutcomeModel:
        self.orders.append(payload)
        return OrderOutcomeModel(
            order_id="7001", position_id="9001", fill_price="1.1003", lots="0.01", units=payload.units,
            timestamp=datetime.now(UTC), message="done",
        )  # fmt: skip


@pytest.fixture
async def agent(tmp_path: Path, live: str, desk: Any) -> AsyncIterator[_Agent]:
    made = _Agent(tmp_path)
    made.link.pair(f"http://{live}", desk.agent.id, desk.agent.key)
    await made.link.start()
    yield made
    await made.link.stop()
    made.store.close()


async def _until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(40):
        while not await condition():
            await asyncio.sleep(0.02)


async def test_order_events_goodbye(desk: Any, agent: _Agent) -> None:
    async def status() -> Any:
        return (await desk.get("/agents")).json()[0]["status"]

    async def online() -> bool:
        return bool(await status() == "online")

    async def uploaded() -> bool:
        return agent.events.queued == 0

    await _until(online)
    answer = await desk.post("/orders", desk.order())
    assert (answer.status_code, answer.json()["order_id"]) == (201, "7001")
    assert [str(order.units) for order in agent.orders] == ["1000"]

    for number in range(30):
        agent.events.append("alert", {"level": "info", "message": f"Fact {number}"})
    await _until(uploaded)
    alerts = (await desk.get("/alerts")).json()
    assert sorted(row["message"] for row in alerts) == sorted(f"Fact {number}" for number in range(30))

    await agent.link.stop()
    assert await status() == "offline"


async def test_a_new_key_is_asked_for_when_the_old_one_is_refused(desk: Any, agent: _Agent, live: str) -> None:
    async def refused() -> bool:
        return agent.link.state.state == "refused"

    async def connected() -> bool:
        return agent.link.state.state == "connected"

    await _until(connected)
    key = (await desk.post(f"/agents/{desk.agent.id}/key")).json()["pairing_key"]
    await _until(refused)
    agent.link.pair(f"http://{live}", desk.agent.id, key)
    await _until(connected)
    assert (await desk.post("/orders", desk.order())).status_code == 201

"""The agent's link against a cloud on a real socket: jobs in, outcomes out, signs of life, bad days."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from keyring.backends.null import Keyring
from pydantic import BaseModel

from agent_core.credentials import Credentials
from agent_core.ea.events import BridgeChanged
from agent_core.events import EventBus
from agent_core.jobs.executor import JobExecutor
from agent_core.jobs.models import JobContext, JobKind, Lane
from agent_core.protocol.jobs import CancelPayload, JobType
from agent_core.settings import AgentSettings
from agent_core.store import Store
from agent_core.sync.event_log import EventLog
from agent_core.sync.link import CloudLink


class Result(BaseModel):
    """What the job returns."""

    n: int


class Agent:
    """The parts of an agent that the link needs; its one job waits for `gate`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = Store(folder / "agent.db")
        self.bus = EventBus()
        self.events = EventLog(self.store)
        self.jobs = JobExecutor(self.store, self.bus, self.events)
        self.jobs.register(JobType.CANCEL, JobKind(CancelPayload, self.work, Lane.TRADING, 30))
        self.credentials = Credentials(folder, Keyring())
        settings = AgentSettings(data_folder=folder)
        self.link = CloudLink(settings, self.store, self.bus, self.events, self.jobs, self.credentials)
        self.gate = asyncio.Event()
        self.gate.set()
        self.done: list[str] = []

    async def work(self, payload: CancelPayload, context: JobContext) -> Result:
        context.progress(0.5, "half way")
        await self.gate.wait()
        self.done.append(payload.order_id)
        return Result(n=len(self.done))

    async def close(self) -> None:
        await self.link.stop()
        await self.jobs.close()
        self.store.close()


class Desk:
    """The cloud's side: hands out `waiting`, keeps what comes back."""

    def __init__(self, cloud: Any, say: Any, refuse: Any, event_store: Any) -> None:
        self.waiting: list[dict[str, Any]] = []
        self.acks: list[dict[str, Any]] = []
        self.reports: list[dict[str, Any]] = []
        self.beats: list[dict[str, Any]] = []
        self.cancel: list[str] = []
        self.result_faults: list[int] = []
        self.ack_status = 200
        self.ack_seconds = 0.0
        self.poll = 0
        self.key = "good key"
        self.headers: dict[str, str] = {}
        self.events = event_store
        self._say, self._refuse = say, refuse
        cloud.on("GET", "/jobs/next")(self._guarded(self.next))
        cloud.on("POST", "/ack")(self._guarded(self.ack))
        cloud.on("POST", "/result")(self._guarded(self.result))
        cloud.on("POST", "/heartbeat")(self._guarded(self.beat))
        cloud.on("POST", "/events")(self._guarded(event_store))

    def give(self, order_id: str, *, job_id: UUID | None = None, attempt: int = 1, **more: Any) -> UUID:
        job_id = job_id or uuid4()
        job = {"job_id": str(job_id), "type": "cancel", "payload": {"order_id": order_id}, "attempt": attempt}
        self.waiting.append({**job, "lease_seconds": 1, **more})
        return job_id

    def final(self) -> list[dict[str, Any]]:
        return [found for found in self.reports if found["status"] != "in_progress"]

    async def next(self, request: Any) -> Any:
        self.poll += 1
        mine, deadline = self.poll, time.monotonic() + 5
        while not self.waiting and mine == self.poll and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        # A newer poll ends an older one, whose caller may be gone.
        body = self.waiting.pop(0) if self.waiting and mine == self.poll else {"no_jobs": True}
        return self._say(body=body, headers=self.headers)

    async def ack(self, request: Any) -> Any:
        self.acks.append(request.json())
        await asyncio.sleep(self.ack_seconds)
        if self.ack_status != 200:
            return self._refuse(self.ack_status, "STALE_ATTEMPT")
        return self._taken()

    async def result(self, request: Any) -> Any:
        if self.result_faults:
            status = self.result_faults.pop(0)
            return self._refuse(status, "STALE_ATTEMPT" if status == 409 else "SERVICE_UNAVAILABLE")
        self.reports.append({"job_id": request.path.split("/")[-2], **request.json()})
        return self._taken()

    async def beat(self, request: Any) -> Any:
        self.beats.append(request.json())
        return self._taken()

    def _taken(self) -> Any:
        return self._say(body={"acknowledged": True, "cancel_job_ids": self.cancel})

    def _guarded(self, route: Any) -> Any:
        async def guarded(request: Any) -> Any:
            if request.headers.get("x-agent-key") != self.key:
                return self._refuse(401, "INVALID_AGENT_KEY", "Pair again.")
            return await route(request)

        return guarded


async def until(condition: Callable[[], Any], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "The condition did not come true in time."
        await asyncio.sleep(0.01)


@pytest.fixture
def desk(cloud: Any, say: Any, refuse: Any, event_store: Any) -> Desk:
    return Desk(cloud, say, refuse, event_store)


@pytest.fixture
async def agent(tmp_path: Path, cloud: Any, desk: Desk) -> AsyncIterator[Agent]:
    agent = Agent(tmp_path / "dätä x")
    agent.link.pair(cloud.url + "/", uuid4(), "good key")
    await agent.link.start()
    yield agent
    await agent.close()


async def test_a_job_goes_through(agent: Agent, desk: Desk) -> None:
    job_id = desk.give("7")
    await until(desk.final)
    assert desk.acks == [{"attempt": 1}]
    report = desk.final()[0]
    assert (report["job_id"], report["status"], report["result"], report["attempt"]) == (
        str(job_id), "completed", {"n": 1}, 1
    )  # fmt: skip
    await until(lambda: not agent.jobs.unreported())
    await until(lambda: agent.link.state.state == "connected")
    assert agent.link.state.round_trip_ms is not None


async def test_a_long_job_renews_its_lease_and_holds_up_nobody(agent: Agent, desk: Desk) -> None:
    agent.gate.clear()
    job_id = desk.give("7")
    await until(lambda: desk.reports)
    assert (desk.reports[0]["status"], desk.reports[0]["progress"], desk.reports[0]["logs"]) == (
        "in_progress", 0.5, ["half way"]
    )  # fmt: skip
    await until(lambda: len(desk.reports) >= 2)
    await agent.link.beat()
    assert desk.beats[-1]["held_jobs"] == {str(job_id): 1}
    desk.give("8", type="probe", payload={"what": "nonsense"})
    await until(desk.final)
    assert desk.final()[0]["error_code"] == "VALIDATION_ERROR"
    desk.cancel = [str(job_id)]
    await until(lambda: len(desk.final()) == 2)
    assert (desk.final()[1]["status"], agent.done) == ("cancelled", [])


async def test_an_outcome_is_brought_back_until_it_is_taken(agent: Agent, desk: Desk) -> None:
    desk.result_faults = [503, 500]
    desk.give("7")
    await until(desk.final)
    assert agent.done == ["7"]
    desk.result_faults = [409]
    desk.give("8")
    await until(lambda: agent.done == ["7", "8"] and not agent.jobs.unreported())
    assert len(desk.final()) == 1


async def test_an_outcome_survives_a_restart(agent: Agent, desk: Desk, cloud: Any) -> None:
    desk.result_faults = [503] * 50
    job_id = desk.give("7")
    await until(lambda: agent.done and len(desk.result_faults) < 50)
    await agent.link.stop()
    desk.result_faults = []
    again = Agent(agent.folder)
    assert again.link.agent_id == agent.link.agent_id
    await again.link.start()
    await until(desk.final)
    assert desk.final()[0]["job_id"] == str(job_id)
    desk.give("7", job_id=job_id, attempt=2)
    await until(lambda: len(desk.final()) == 2)
    assert (desk.final()[1]["attempt"], again.done) == (2, [])
    await again.close()


async def test_without_a_confirmed_receipt_nothing_is_run(agent: Agent, desk: Desk) -> None:
    desk.ack_status = 409
    desk.give("7")
    await until(lambda: desk.acks)
    desk.ack_status = 200
    desk.give("8")
    await until(lambda: agent.done)
    assert agent.done == ["8"]


async def test_deadlines_are_read_by_the_clouds_clock(agent: Agent, desk: Desk) -> None:
    hour_behind = datetime.now(UTC) - timedelta(hours=1)
    desk.headers = {"Date": format_datetime(hour_behind, usegmt=True)}
    desk.give("7", not_after=(hour_behind + timedelta(seconds=20)).isoformat())
    desk.give("8", not_after=(hour_behind - timedelta(seconds=20)).isoformat())
    await until(lambda: len(desk.final()) == 2)
    assert {found["status"] for found in desk.final()} == {"completed", "expired"}
    assert agent.done == ["7"]


async def test_a_slow_receipt_moves_no_deadline(agent: Agent, desk: Desk) -> None:
    hour_behind = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    desk.headers = {"Date": format_datetime(hour_behind, usegmt=True)}
    desk.ack_seconds = 2.0
    desk.give("7", not_after=(hour_behind + timedelta(seconds=0.5)).isoformat())
    await until(desk.final)
    assert [found["status"] for found in desk.final()] == ["expired"]
    assert agent.done == []


async def test_facts_are_uploaded_as_they_come(agent: Agent, desk: Desk) -> None:
    agent.events.append("alert", {"message": "ü"})
    await until(lambda: desk.events.stored)
    await asyncio.to_thread(agent.events.append, "alert", {"message": "from a thread"})
    await until(lambda: len(desk.events.stored) == 2)
    await until(lambda: agent.events.queued == 0)


async def test_changes_are_told_at_once_and_goodbye_is_said(agent: Agent, desk: Desk) -> None:
    await until(lambda: desk.beats)
    told = len(desk.beats)
    agent.bus.publish(BridgeChanged("connected"))
    await until(lambda: len(desk.beats) > told)
    agent.bus.publish(BridgeChanged("connected", age_seconds=0.5))
    await agent.link.stop()
    assert (len(desk.beats), desk.beats[-1]["status"]) == (told + 2, "stopping")


async def test_a_refused_key_stops_until_there_is_another(agent: Agent, desk: Desk, cloud: Any) -> None:
    await until(lambda: agent.link.state.state == "connected")
    desk.key = "new key"
    agent.events.append("alert", {})
    await until(lambda: agent.link.state.state == "refused")
    assert agent.link.state.detail == "Pair again."
    asked = len(cloud.requests)
    await asyncio.sleep(0.1)
    assert len(cloud.requests) == asked
    assert agent.link.agent_id is not None
    agent.link.pair(cloud.url, agent.link.agent_id, "new key")
    await until(lambda: agent.link.state.state == "connected")
    await until(lambda: agent.events.queued == 0)
    agent.link.unpair()
    await until(lambda: agent.link.state.state == "off")
    assert not agent.link.paired


async def test_a_cloud_that_comes_and_goes(agent: Agent, desk: Desk, cloud: Any, new_cloud: Callable[[], Any]) -> None:
    await until(lambda: agent.link.state.state == "connected")
    port = cloud.port
    await cloud.stop()
    await until(lambda: agent.link.state.state == "unreachable")
    assert "can't be reached" in agent.link.state.detail
    agent.events.append("alert", {})
    again = new_cloud()
    again.routes = cloud.routes
    await again.start(port)
    await until(lambda: agent.link.state.state == "connected" and agent.events.queued == 0)
    await agent.link.stop()
    await again.stop()


async def test_a_new_agent_goes_on_from_what_the_cloud_has(agent: Agent, desk: Desk, cloud: Any) -> None:
    agent.events.append("alert", {"n": 1})
    await until(lambda: agent.events.queued == 0)
    desk.events.stored.clear()
    desk.events.offset = 40
    agent.link.pair(cloud.url, uuid4(), "good key")
    agent.events.append("alert", {"n": 2})
    await until(lambda: desk.events.stored)
    assert [(event["seq"], event["data"]["n"]) for event in desk.events.stored] == [(41, 2)]


async def test_the_key_is_neither_in_the_store_nor_in_plain_text(agent: Agent) -> None:
    for path in agent.folder.iterdir():
        assert b"good key" not in path.read_bytes()

"""What the database itself tells of jobs and of the audit log, whoever changes them: once each, and never too long."""

import asyncio
import json
from functools import partial
from typing import Any

import pytest

from agent_core.protocol.jobs import JobType, ProbePayload
from cloud.services import Services
from cloud.trading import ledger, repository


class Heard:
    """What was announced since the last look."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._told: list[tuple[str, str]] = []
        self._marks = asyncio.Event()

    async def listen(self) -> None:
        for channel in ("agent_jobs", "job_done", "user_updates"):
            await self._services.db.listen(channel, partial(self._note, channel))
        await self._services.db.listen("mark", lambda _: self._marks.set())

    def _note(self, channel: str, payload: str) -> None:
        self._told.append((channel, payload))

    async def since(self) -> list[tuple[str, Any]]:
        """All until now: notifications arrive in the order of their commits."""
        async with self._services.db.as_service() as tx:
            tx.notify("mark", "")
        async with asyncio.timeout(5):
            await self._marks.wait()
        self._marks.clear()
        told, self._told = self._told, []
        return [(channel, json.loads(text) if channel == "user_updates" else text) for channel, text in told]


@pytest.fixture
async def heard(services: Services, desk: Any) -> Heard:
    made = Heard(services)
    await desk.agent.beat()
    await made.listen()
    await made.since()
    return made


@pytest.mark.parametrize("job_type", [JobType.COMPILE, JobType.PROBE])
async def test_a_job_wakes_its_agent_and_whoever_asked_and_shows_unless_it_only_reads(
    job_type: JobType, services: Services, desk: Any, heard: Heard
) -> None:
    job_id = await services.jobs.enqueue(desk.trader.user_id, desk.agent.id, job_type, ProbePayload(what="account"))
    assert await heard.since() == [("agent_jobs", str(desk.agent.id))]
    job = await desk.agent.poll()
    polled = [(channel, told) for channel, told in await heard.since() if channel != "agent_jobs"]
    await desk.agent.report(job, "failed", error_code="INTERNAL_ERROR", error_detail="x" * 9000)
    ended = await heard.since()
    shown = {"user_id": str(desk.trader.user_id), "kind": "job"}
    if job_type is JobType.PROBE:
        assert (polled, ended) == ([], [("job_done", str(job_id))])
    else:
        assert [told["data"]["status"] for _, told in polled] == ["in_progress"]
        assert ended == [("job_done", str(job_id)), ("user_updates", {**shown, "data": {}})]


async def test_a_fact_of_the_audit_log_is_told_once(services: Services, desk: Any, heard: Heard) -> None:
    fact = repository.TradeFact(desk.trader.user_id, desk.connection, ledger.ORDER_PLACED, instrument="EURUSD")
    for _ in range(2):
        async with services.db.as_service_once() as tx:
            await ledger.record(tx, fact)
    [(_, told)] = await heard.since()
    assert (told["kind"], told["data"]["event_type"], told["data"]["instrument"]) == (
        "trade_event", "ORDER_PLACED", "EURUSD",
    )  # fmt: skip

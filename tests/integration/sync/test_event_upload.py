"""Every fact reaches the cloud exactly once and in order, whatever fails on the way."""

import asyncio
import contextlib
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent_core.ea.artifacts import BuiltArtifact, file_sha256
from agent_core.ea.events import VersionCompiled
from agent_core.events import EventBus
from agent_core.store import Store
from agent_core.sync.agent_client import AgentClient
from agent_core.sync.event_log import EventLog
from agent_core.sync.http import CloudError
from agent_core.sync.uploader import ArtifactQueue, Uploader

FAULTS = st.sampled_from(["none", "busy", "drop", "lost answer", "too large"])
#: Numbers append that many facts; "restart" begins anew on the same store; "upload" tries once.
STEPS = st.lists(st.one_of(st.integers(1, 40), st.just("restart"), st.just("upload")), max_size=12)


class Side:
    """The agent's side, on one store."""

    def __init__(self, path: Path, url: str, agent_id: Any) -> None:
        self.store = Store(path)
        self.bus = EventBus()
        self.events = EventLog(self.store)
        self.artifacts = ArtifactQueue(self.store, self.bus)
        self.client = AgentClient(url, agent_id, "key", lambda *_: None)
        self.uploader = Uploader(self.client, self.events, self.artifacts, asyncio.Event())

    async def close(self) -> None:
        await self.client.close()
        self.store.close()


async def run_steps(cloud: Any, kept: Any, steps: list[int | str], batch: int) -> list[int]:
    """Carries the steps out and returns the facts in the order in which they happened."""
    with tempfile.TemporaryDirectory() as folder:
        path, agent_id = Path(folder) / "agent.db", uuid4()
        side = Side(path, cloud.url, agent_id)
        side.uploader._batch = batch
        happened: list[int] = []
        for step in [*steps, 1]:
            if step == "restart":
                await side.close()
                side = Side(path, cloud.url, agent_id)
            elif step == "upload":
                await attempt(side)
            else:
                for _ in range(int(step)):
                    happened.append(len(happened))
                    side.events.append("fact", {"n": happened[-1]})
        while side.events.queued:
            await attempt(side)
        await side.close()
        return happened


async def attempt(side: Side) -> None:
    with contextlib.suppress(CloudError):
        await side.uploader.upload()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, faults=st.lists(FAULTS, max_size=10), batch=st.sampled_from([1, 7, 500]), offset=st.integers(0, 3))
def test_exactly_once_in_order(
    new_cloud: Callable[[], Any], new_event_store: Callable[[], Any],
    steps: list[int | str], faults: list[str], batch: int, offset: int,
) -> None:  # fmt: skip
    async def play() -> tuple[list[int], list[dict[str, Any]]]:
        cloud, kept = new_cloud(), new_event_store()
        kept.faults, kept.offset = list(faults), offset
        cloud.on("POST", "/events")(kept)
        await cloud.start()
        try:
            return await run_steps(cloud, kept, steps, batch), kept.stored
        finally:
            await cloud.stop()

    happened, stored = asyncio.run(play())
    assert [event["data"]["n"] for event in stored] == happened
    assert [event["seq"] for event in stored] == list(range(offset + 1, offset + 1 + len(happened)))


async def test_a_long_night_comes_in_batches(cloud: Any, event_store: Any, tmp_path: Path) -> None:
    cloud.on("POST", "/events")(event_store)
    side = Side(tmp_path / "agent.db", cloud.url, uuid4())
    for n in range(1203):
        side.events.append("fact", {"n": n})
    await side.uploader.upload()
    assert event_store.batches == [0, 500, 500, 203]
    assert side.events.queued == 0
    await side.close()


@pytest.mark.logs_errors
async def test_an_event_the_cloud_can_not_take_does_not_hold_up_the_rest(
    cloud: Any, say: Any, refuse: Any, tmp_path: Path
) -> None:
    stored: list[dict[str, Any]] = []

    @cloud.on("POST", "/events")
    async def events(request: Any) -> Any:
        batch = request.json()["events"]
        if any(event["data"].get("n") == 3 for event in batch):
            return refuse(400, "VALIDATION_ERROR", "n may not be 3")
        stored.extend(batch)
        return say(body={"stored_through": stored[-1]["seq"] if stored else 0})

    side = Side(tmp_path / "agent.db", cloud.url, uuid4())
    for n in range(8):
        side.events.append("fact", {"n": n})
    await side.uploader.upload()
    assert [event["seq"] for event in stored] == list(range(1, 9))
    assert stored[3]["data"] == {"not_uploaded": "n may not be 3"}
    await side.close()


async def test_a_cloud_that_lost_events_gets_them_again(cloud: Any, event_store: Any, tmp_path: Path) -> None:
    cloud.on("POST", "/events")(event_store)
    side = Side(tmp_path / "agent.db", cloud.url, uuid4())
    for n in range(5):
        side.events.append("fact", {"n": n})
    await side.uploader.upload()
    del event_store.stored[2:]
    side.events.append("fact", {"n": 5})
    await side.uploader.upload()
    assert [event["data"]["n"] for event in event_store.stored] == list(range(6))
    await side.close()


async def test_files_of_a_compile_follow_the_events(cloud: Any, event_store: Any, say: Any, tmp_path: Path) -> None:
    cloud.on("POST", "/events")(event_store)
    answers = [503, 204]

    @cloud.on("PUT", "/artifacts/EX5")
    async def put(request: Any) -> Any:
        return say(status=answers.pop(0))

    side = Side(tmp_path / "agent.db", cloud.url, uuid4())
    path = tmp_path / "größe.ex5"
    path.write_bytes(b"EX5\2")
    made = BuiltArtifact("EX5", path, file_sha256(path), 4)
    gone = BuiltArtifact("MQ5", tmp_path / "gone.mq5", "0" * 64, 4)
    version_id = uuid4()
    side.events.append("version_saved", {})
    for _ in range(2):
        side.bus.publish(VersionCompiled(version_id, (gone, made)))
    with pytest.raises(CloudError):
        await side.uploader.upload()
    await side.uploader.upload()
    await side.uploader.upload()
    puts = cloud.seen("/artifacts/EX5")
    assert [(found.body, found.headers["x-sha256"]) for found in puts] == [(b"EX5\2", made.sha256)] * 2
    assert [found.method for found in cloud.requests] == ["POST", "POST", "PUT", "PUT"]
    assert side.artifacts.waiting() == []
    await side.close()

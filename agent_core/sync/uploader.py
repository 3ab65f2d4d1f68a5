"""Uploads the event log in order, each fact exactly once, and then the files of compiles."""

import asyncio
import logging
from pathlib import Path
from sqlite3 import Row

from agent_core.ea.events import VersionCompiled
from agent_core.events import EventBus
from agent_core.protocol.agents import MAX_EVENTS_A_BATCH, AgentEvent, EventBatch, EventsAnswer
from agent_core.store import Store
from agent_core.sync.agent_client import AgentClient
from agent_core.sync.backoff import Backoff
from agent_core.sync.event_log import EventLog
from agent_core.sync.http import CloudError, answer_of, patience

log = logging.getLogger(__name__)

_FILE = patience(120.0)
_STEP_BACK_SECONDS = 1.0
#: What happens together goes together, and after the answer to the job that made it happen.
_GATHER_SECONDS = 0.1

_SCHEMA = """
CREATE TABLE IF NOT EXISTS artifact_uploads (
    version_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    path TEXT NOT NULL,
    done INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (version_id, kind, sha256)
);
"""


class ArtifactQueue:
    """Files of compiles that the cloud is to keep."""

    def __init__(self, store: Store, bus: EventBus) -> None:
        self._store = store
        self.wake = asyncio.Event()
        store.apply_schema(_SCHEMA)
        bus.subscribe(VersionCompiled, self._on_compiled)

    def waiting(self) -> list[Row]:
        """Returns what has not been uploaded, the oldest first."""
        return self._store.rows("SELECT rowid, * FROM artifact_uploads WHERE done = 0 ORDER BY rowid")

    def mark_done(self, row: Row) -> None:
        """Notes that the cloud has a file, or never will."""
        self._store.execute("UPDATE artifact_uploads SET done = 1 WHERE rowid = ?", (row["rowid"],))

    def _on_compiled(self, event: VersionCompiled) -> None:
        with self._store.transaction() as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO artifact_uploads (version_id, kind, sha256, path) VALUES (?, ?, ?, ?)",
                [(str(event.version_id), made.kind, made.sha256, str(made.path)) for made in event.artifacts],
            )
        self.wake.set()


class Uploader:
    """Uploads of one pairing.

    Args:
        client: The agent's client.
        events: The log.
        artifacts: The files.
        wake: Set when there may be something to upload.
    """

    def __init__(self, client: AgentClient, events: EventLog, artifacts: ArtifactQueue, wake: asyncio.Event) -> None:
        self._client = client
        self._events = events
        self._artifacts = artifacts
        self._wake = wake
        self._batch = MAX_EVENTS_A_BATCH

    async def run(self) -> None:
        """Uploads for ever."""
        backoff = Backoff()
        while True:
            self._wake.clear()
            try:
                await self.upload()
            except CloudError as error:
                await self._client.pause(error, backoff)
                continue
            backoff.success()
            await self._wake.wait()
            await asyncio.sleep(_GATHER_SECONDS)

    async def upload(self) -> None:
        """Uploads what waits now.

        Raises:
            CloudError: the cloud refused or gave no answer; what it has confirmed counts.
        """
        await self._align()
        await self._upload_events()
        await self._upload_artifacts()

    async def _align(self) -> None:
        agent_id = str(self._client.agent_id)
        if not self._events.aligned_with(agent_id):
            self._events.align(agent_id, await self._post([]))

    async def _upload_events(self) -> None:
        while events := self._events.pending(self._batch):
            await self._events.secured()
            try:
                stored_through = await self._post(events)
            except CloudError as error:
                if error.status not in (400, 413, 422):
                    raise
                if len(events) > 1:
                    self._batch = len(events) // 2
                    continue
                stored_through = await self._post_note(events, error)
            else:
                self._batch = min(MAX_EVENTS_A_BATCH, self._batch * 2)
            self._events.mark_stored_through(stored_through)
            if stored_through < events[0].seq:
                await self._step_back(stored_through)

    async def _step_back(self, stored_through: int) -> None:
        """The cloud holds less than it said before: goes on from there, renumbered if that part is gone here."""
        log.warning("The cloud goes on after event %s; what follows is sent again", stored_through)
        following = self._events.pending(1)
        if following and following[0].seq != stored_through + 1:
            self._events.align(str(self._client.agent_id), stored_through)
        await asyncio.sleep(_STEP_BACK_SECONDS)

    async def _post_note(self, events: list[AgentEvent], error: CloudError) -> int:
        """An event the cloud can't take is replaced by a note, so that the rest get through."""
        log.error("The cloud can't take event %s (%s): %s", events[0].seq, events[0].kind, error.detail)
        note = AgentEvent(seq=events[0].seq, kind=events[0].kind, at=events[0].at, data={"not_uploaded": error.detail})
        return await self._post([note])

    async def _post(self, events: list[AgentEvent]) -> int:
        response = await self._client.send("POST", "/events", body=EventBatch(events=events).model_dump_json())
        return answer_of(EventsAnswer, response).stored_through

    async def _upload_artifacts(self) -> None:
        for row in self._artifacts.waiting():
            path = Path(row["path"])
            data = await asyncio.to_thread(_content, path)
            if data is not None:
                try:
                    await self._client.send(
                        "PUT",
                        f"/versions/{row['version_id']}/artifacts/{row['kind']}",
                        body=data,
                        headers={"X-Sha256": row["sha256"], "Content-Type": "application/octet-stream"},
                        timeout=_FILE,
                    )
                except CloudError as error:
                    if error.passing or self._client.refuses(error):
                        raise
                    log.warning("The cloud does not take %s: %s", path.name, error.detail)
            self._artifacts.mark_done(row)


def _content(path: Path) -> bytes | None:
    """A file that is gone can't be uploaded any more."""
    try:
        return path.read_bytes()
    except OSError:
        return None

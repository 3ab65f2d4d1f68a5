"""Passwords, tokens and keys reach the cloud and the credential store alone: no log line, no plain file."""

import asyncio
import logging
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from keyring.backends.null import Keyring

from agent_core.credentials import Credentials
from agent_core.events import EventBus
from agent_core.headless import configure_logging
from agent_core.jobs.executor import JobExecutor
from agent_core.protocol.errors import ForexEliteError
from agent_core.settings import AgentSettings
from agent_core.store import Store
from agent_core.sync.api import CloudApi
from agent_core.sync.event_log import EventLog
from agent_core.sync.link import CloudLink

KEY, PASSWORD, TOKEN = "fep_key-5e8c1f", "correct horse battery", "header.payload-7d21.signature"


@pytest.mark.logs_errors
async def test_no_secret_is_logged_or_kept_in_the_open(
    cloud: Any, say: Any, refuse: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asyncio.Event()
    answers = [refuse(401, "INVALID_CREDENTIALS"), say(body={"access_token": TOKEN})]

    @cloud.on("POST", "/auth/login")
    async def login(_: Any) -> Any:
        return answers.pop(0)

    @cloud.on("POST", "/events")
    @cloud.on("GET", "/jobs/next")
    @cloud.on("POST", "/heartbeat")
    async def agent_door(request: Any) -> Any:
        asked.set()
        assert request.headers["x-agent-key"] == KEY
        return refuse(503, "SERVICE_UNAVAILABLE")

    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    configure_logging(tmp_path / "logs")
    credentials = Credentials(tmp_path, Keyring())
    try:
        api = CloudApi(cloud.url, credentials)
        for _ in range(2):
            with pytest.raises(ForexEliteError):  # refused, then an answer that can't be read
                await api.sign_in("a@b.example", PASSWORD)
        await api.aclose()
        store, bus = Store(tmp_path / "agent.db"), EventBus()
        events = EventLog(store)
        link = CloudLink(
            AgentSettings(data_folder=tmp_path), store, bus, events, JobExecutor(store, bus, events), credentials
        )
        link.pair(cloud.url, uuid4(), KEY)
        await link.start()
        await asyncio.wait_for(asked.wait(), 10)
        await link.stop()
        store.close()
    finally:
        for handler in set(root.handlers) - set(before):
            root.removeHandler(handler)
            handler.close()
        root.setLevel(level)
    assert leaks(tmp_path) == []


def leaks(folder: Path) -> list[str]:
    """Files with a secret in them."""
    written = [path for path in folder.rglob("*") if path.is_file()]
    assert {"agent.log", "agent.db"} <= {path.name for path in written}
    secrets = [secret.encode() for secret in (KEY, PASSWORD, TOKEN)]
    return [str(path) for path in written if any(secret in path.read_bytes() for secret in secrets)]

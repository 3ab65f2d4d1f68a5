"""Rules over all workers become incidents, and people hear of each once when it begins and once when it ends."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
import uvicorn
from pydantic import SecretStr

from cloud.alerts.courier import Courier
from cloud.alerts.watch import OperationWatch
from cloud.metrics import RECENT
from cloud.services import Services


class Webhook:
    """Somebody's chat service; refuses while `broken`."""

    def __init__(self) -> None:
        self.url, self.broken = "", False
        self.messages: list[dict[str, Any]] = []

    def told(self, kind: str) -> list[str]:
        """What it was told of one kind of incident; the cloud may have others meanwhile."""
        return [message["status"] for message in self.messages if message["kind"] == kind]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message["body"]
            if not message["more_body"]:
                break
        if not self.broken:
            self.messages.append(httpx.Response(200, content=body).json())
        await send({"type": "http.response.start", "status": 500 if self.broken else 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})


class MailServer:
    """Enough SMTP to take a message."""

    def __init__(self) -> None:
        self.port = 0
        self.mails: list[tuple[str, str]] = []
        self.refused: dict[str, bytes] = {}
        self.connections = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        writer.write(b"220 test\r\n")
        recipient = ""
        while line := (await reader.readline()).decode().strip():
            command = line.upper()
            if command.startswith("RCPT"):
                recipient = line[line.index("<") + 1 : line.index(">")]
                if recipient in self.refused:
                    writer.write(self.refused[recipient])
                    continue
            if command == "DATA":
                writer.write(b"354 go on\r\n")
                self.mails.append((recipient, (await reader.readuntil(b"\r\n.\r\n")).decode()))
            writer.write(b"221 bye\r\n" if command == "QUIT" else b"250 ok\r\n")
            if command == "QUIT":
                break
        writer.close()


@pytest.fixture
async def webhook() -> AsyncIterator[Webhook]:
    hook = Webhook()
    server = uvicorn.Server(uvicorn.Config(hook, port=0, log_config=None, lifespan="off"))  # type: ignore[arg-type]
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    hook.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    yield hook
    server.should_exit = True
    await task


@pytest.fixture
async def mails() -> AsyncIterator[MailServer]:
    made = MailServer()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()


@pytest.fixture(autouse=True)
async def _calm(services: Services) -> AsyncIterator[None]:
    """Nothing has happened lately, neither here nor to the workers of earlier tests."""
    RECENT.clear()
    async with services.db.as_service() as tx:
        await tx.execute("delete from private.worker_readings")
        await tx.execute("delete from private.incidents")
    yield
    RECENT.clear()


def watch(services: Services, **settings: Any) -> OperationWatch:
    courier = Courier(services.http, services.settings.model_copy(update=settings))
    return OperationWatch(services.db, courier, lambda: {"sockets": 0})


async def test_an_incident_is_told_once_by_whichever_worker_and_so_is_its_end(
    services: Services, webhook: Webhook, mails: MailServer
) -> None:
    settings = {
        "alert_webhook_url": SecretStr(webhook.url), "alert_email": "operator@example.com",
        "smtp_url": SecretStr(f"smtp://127.0.0.1:{mails.port}"),
    }  # fmt: skip
    workers = [watch(services, **settings) for _ in range(3)]
    RECENT.add("rate_limits", 2)
    for _ in range(2):
        await asyncio.gather(*(worker.look() for worker in workers))
    assert webhook.told("oanda_rate_limit") == ["firing"]
    assert any("its rate limit was hit" in message["message"] for message in webhook.messages)
    RECENT.clear()
    for _ in range(2):
        await asyncio.gather(*(worker.look() for worker in workers))
    assert webhook.told("oanda_rate_limit") == ["firing", "resolved"]
    about = [recipient for recipient, mail in mails.mails if "oanda rate limit" in mail]
    assert about == ["operator@example.com"] * 2
    RECENT.add("rate_limits")
    await workers[0].look()
    assert webhook.told("oanda_rate_limit") == ["firing", "resolved", "firing"]
    # Whatever a night of it took.
    async with services.db.as_service() as tx:
        await tx.execute("update private.incidents set opened_at = opened_at - interval '10 hours'")
    RECENT.clear()
    for _ in range(2):
        await asyncio.gather(*(worker.look() for worker in workers))
    assert webhook.told("oanda_rate_limit") == ["firing", "resolved", "firing", "resolved"]


async def test_what_could_not_be_delivered_is_delivered_later(services: Services, webhook: Webhook) -> None:
    worker = watch(services, alert_webhook_url=SecretStr(webhook.url))
    webhook.broken = True
    RECENT.add("exhaustions")
    await worker.look()
    assert webhook.messages == []
    webhook.broken = False
    await worker.look()
    await worker.look()
    RECENT.clear()
    await worker.look()
    assert webhook.told("database_pool_exhausted") == ["firing", "resolved"]


async def test_a_user_hears_of_an_absent_agent_and_of_its_return(
    services: Services, mails: MailServer, onboard: Callable[[], Awaitable[Any]]
) -> None:
    user = await onboard()
    worker = watch(services, smtp_url=SecretStr(f"smtp://127.0.0.1:{mails.port}"))
    await worker.look()  # whatever other tests left
    mails.mails.clear()
    async with services.db.as_service() as tx:
        alert = await tx.fetchval(
            """insert into public.alerts (user_id, kind, message, subject_id)
               values ($1, 'agent_offline', 'Agent Desk has been offline.', $2) returning id""",
            user.user_id, user.agent_id,
        )  # fmt: skip
    await worker.look()
    await worker.look()
    [(recipient, mail)] = mails.mails
    assert recipient == user.email
    assert "Agent Desk has been offline." in mail
    async with services.db.as_service() as tx:
        await tx.execute(
            """update public.alerts set created_at = now() - interval '2 days', resolved_at = now() where id = $1""",
            alert,
        )
    await worker.look()
    await worker.look()
    assert [recipient for recipient, _ in mails.mails] == [user.email] * 2
    assert "over: agent offline" in mails.mails[1][1]


async def test_one_way_that_is_broken_does_not_repeat_the_other(services: Services, webhook: Webhook) -> None:
    nobody = SecretStr("smtp://127.0.0.1:1")
    worker = watch(
        services, alert_webhook_url=SecretStr(webhook.url), alert_email="operator@example.com", smtp_url=nobody
    )
    RECENT.add("rate_limits", 2)
    for _ in range(3):
        await worker.look()
    assert webhook.told("oanda_rate_limit") == ["firing"]


async def test_an_address_refused_for_good_is_given_up_and_one_refused_for_now_holds_nobody_up(
    services: Services, mails: MailServer, onboard: Callable[[], Awaitable[Any]]
) -> None:
    users = [await onboard() for _ in range(4)]
    worker = watch(services, smtp_url=SecretStr(f"smtp://127.0.0.1:{mails.port}"))
    await worker.look()  # whatever other tests left
    mails.mails.clear()
    async with services.db.as_service() as tx:
        await tx.execute("update profiles set email = 'händler@example.com' where id = $1", users[0].user_id)
    mails.refused = {users[1].email: b"550 no such user\r\n", users[2].email: b"450 later\r\n"}
    async with services.db.as_service() as tx:
        for user in users:
            await tx.execute(
                """insert into public.alerts (user_id, kind, message, subject_id)
                   values ($1, 'agent_offline', 'Agent Desk has been offline.', $2)""",
                user.user_id, user.agent_id,
            )  # fmt: skip
    await worker.look()
    assert [recipient for recipient, _ in mails.mails] == [users[3].email]
    mails.connections, mails.refused = 0, {}
    await worker.look()
    assert ([recipient for recipient, _ in mails.mails[1:]], mails.connections) == ([users[2].email], 1)

"""The dashboard in a real Chromium, driven over its DevTools socket. Without a Chromium these tests are skipped."""

import asyncio
import contextlib
import itertools
import json
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any
from uuid import UUID

import httpx
import pytest
import websockets

PASSWORD = "correct horse 8"
_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome")
_ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-sync", "--disable-background-networking", "--disable-component-update",
    "--remote-debugging-port=0",
)  # fmt: skip


@pytest.fixture(scope="module")
def devtools(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a browser's DevTools."""
    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if program is None:
        pytest.skip("There is no Chromium here.")
    folder = tmp_path_factory.mktemp("browser")
    quiet = subprocess.DEVNULL
    browser = subprocess.Popen(
        [program, *_ARGUMENTS, f"--user-data-dir={folder}"], stdin=quiet, stdout=quiet, stderr=quiet
    )
    try:
        told = folder / "DevToolsActivePort"
        deadline = time.monotonic() + 30
        while not (told.exists() and "\n" in told.read_text("ascii")):
            assert browser.poll() is None, "The browser did not start."
            assert time.monotonic() < deadline, "The browser is not ready."
            time.sleep(0.02)
        port, path = told.read_text("ascii").split()
        yield f"ws://127.0.0.1:{port}{path}"
    finally:
        browser.terminate()
        browser.wait(20)


class Phone:
    """One page in a browser of its own kind: nothing is shared with another one's."""

    def __init__(self, socket: websockets.ClientConnection, address: str) -> None:
        self.sockets = 0
        self.errors: list[str] = []
        self._socket, self._address, self._session = socket, address, ""
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}

    async def listen(self) -> None:
        """Takes what the browser says, until the page is closed."""
        with contextlib.suppress(websockets.ConnectionClosed):
            async for message in self._socket:
                told = json.loads(message)
                if "id" in told:
                    self._waiting.pop(told["id"]).set_result(told)
                elif told["method"] == "Runtime.exceptionThrown":
                    self.errors.append(json.dumps(told["params"]))
                elif told["method"] == "Network.webSocketCreated":
                    self.sockets += 1

    async def command(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        session = {"sessionId": self._session} if self._session else {}
        await self._socket.send(json.dumps({"id": number, "method": method, "params": params, **session}))
        told = await asyncio.wait_for(answer, 30)
        assert "error" not in told, (method, told)
        result: dict[str, Any] = told["result"]
        return result

    async def start(self) -> None:
        """Opens an empty page of a phone's size."""
        context = (await self.command("Target.createBrowserContext"))["browserContextId"]
        page = await self.command("Target.createTarget", url="about:blank", browserContextId=context)
        attached = await self.command("Target.attachToTarget", targetId=page["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network"):
            await self.command(f"{domain}.enable")
        await self.command(
            "Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=2, mobile=True
        )
        await self.command("Emulation.setTouchEmulationEnabled", enabled=True)

    async def look(self, expression: str) -> Any:
        """Value of a piece of JavaScript."""
        told = await self.command(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True, userGesture=True
        )
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    async def until(self, expression: str, seconds: float = 15) -> None:
        """Waits until a piece of JavaScript is true."""
        deadline = time.monotonic() + seconds
        while not await self.look(expression):
            assert time.monotonic() < deadline, (expression, await self.look("document.body.innerText"), self.errors)
            await asyncio.sleep(0.03)

    async def text(self, element: str) -> str:
        """What stands in an element, by its id."""
        return str(await self.look(f"document.getElementById({element!r}).innerText"))

    async def press(self, selector: str) -> None:
        """Clicks on it."""
        await self.look(f"document.querySelector({selector!r}).click()")

    async def block(self, *addresses: str) -> None:
        """Cuts the way to addresses that hold one of these patterns; without any, the way is free again."""
        await self.command("Network.setBlockedURLs", urls=list(addresses))

    async def open(self) -> None:
        await self.command("Page.navigate", url=f"http://{self._address}/dashboard/")
        await self.until("document.querySelector('#sign-in')?.hidden === false")

    async def sign_in(self, email: str) -> None:
        """Opens the page and signs in; returns when the board is to be seen."""
        await self.open()
        await self.look(
            f"""(() => {{
              const form = document.getElementById("sign-in-form");
              form.elements.email.value = {email!r};
              form.elements.password.value = {PASSWORD!r};
              form.requestSubmit();
            }})()"""
        )
        await self.until("!document.querySelector('#board').hidden")


@pytest.fixture
async def serve(client: httpx.AsyncClient) -> AsyncIterator[Callable[[Any, Any], Awaitable[None]]]:
    """Lets a terminal answer what an agent is asked, until the last request of the page is answered."""
    async with contextlib.AsyncExitStack() as stack:

        async def begin(agent: Any, terminal: Any) -> None:
            await stack.enter_async_context(agent.serving(terminal.handle))

        yield begin


@pytest.fixture
async def phone(devtools: str, serve: Any, live: str) -> AsyncIterator[Phone]:
    """A phone that nobody has signed in on."""
    async with websockets.connect(devtools, max_size=None) as socket:
        made = Phone(socket, live)
        listening = asyncio.create_task(made.listen())
        await made.start()
        yield made
        await made.command("Page.navigate", url="about:blank")
    await listening
    assert made.errors == []


class Terminal:
    """What the trader's computer answers."""

    def __init__(self, *positions: str) -> None:
        self.positions = list(positions)
        self.result = "1.50"
        self.stopped: dict[str, Any] = {"closed_positions": 1, "cancelled_orders": 0, "stopped_eas": 0, "failed": []}

    def handle(self, job: Any) -> tuple[str, dict[str, Any]]:
        if job.type == "close_all":
            return "completed", self.stopped
        at = "2026-03-02T09:00:00Z"
        rows = [
            {"position_id": number, "instrument": "EURUSD", "side": "BUY", "units": "1000", "open_price": "1.1",
             "current_price": "1.2", "pnl": self.result, "sl": None, "tp": None, "opened_at": at}
            for number in self.positions
        ]  # fmt: skip
        account = {
            "balance": "10000", "equity": "10001.5", "margin_used": "0", "margin_available": "10000",
            "currency": "USD", "account_number": job.payload.get("account_number", "1001"), "account_type": "demo",
            "as_of": at,
        }  # fmt: skip
        return "completed", {"account": account, "positions": {"positions": rows}, "orders": {"orders": []}}[
            job.payload["what"]
        ]


@pytest.fixture
def terminal() -> type[Terminal]:
    return Terminal


@pytest.fixture
async def second_agent(client: httpx.AsyncClient, desk: Any) -> Any:
    """A second computer of the same trader, with an account of its own."""
    pairing = await client.post("/api/v1/agents/pair", json={"agent_name": "Second"}, headers=desk.headers)
    assert pairing.status_code == 201, pairing.text
    agent = type(desk.agent)(client, UUID(pairing.json()["agent_id"]), pairing.json()["pairing_key"])
    body = {
        "type": "MT5", "label": "Second account",
        "credentials": {"agent_id": str(agent.id), "account_number": "2002", "server": "Demo"},
    }  # fmt: skip
    broker = await client.put("/api/v1/onboarding/brokers", json=body, headers=desk.headers)
    assert broker.status_code == 200, broker.text
    return agent

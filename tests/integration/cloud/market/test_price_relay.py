"""Prices from the OANDA stand-in through the relay to sockets, and candles."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, get_args

import httpx
import pytest
import uvicorn
from pydantic import SecretStr
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from agent_core.protocol.market import CandleTimeframe
from cloud.app import create_app
from cloud.embedded.oanda.app import create_oanda_app
from cloud.serving import PROTOCOLS
from cloud.settings import CloudSettings

KEY, ACCOUNT = "practice-key", "101-001-1234567-001"


async def serving(app: object, lifespan: str) -> AsyncIterator[str]:
    config = uvicorn.Config(app, port=0, log_config=None, lifespan=lifespan, timeout_graceful_shutdown=1, **PROTOCOLS)  # type: ignore[arg-type]
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await task


@pytest.fixture
async def oanda() -> AsyncIterator[str]:
    async for address in serving(create_oanda_app(KEY, ACCOUNT), "on"):
        yield f"http://{address}"


@pytest.fixture
def cloud_settings(backend: Any, oanda: str) -> CloudSettings:
    settings: CloudSettings = backend.settings(
        oanda_api_key=SecretStr(KEY), oanda_account_id=ACCOUNT, oanda_url=oanda, oanda_stream_url=oanda
    )
    return settings


@pytest.fixture
async def address(cloud_settings: CloudSettings) -> AsyncIterator[str]:
    async for found in serving(create_app(cloud_settings), "on"):
        yield found


@pytest.fixture
async def token(address: str) -> str:
    async with httpx.AsyncClient(base_url=f"http://{address}/api/v1") as http:
        body = {"email": f"relay{id(address)}@example.com", "password": "correct horse 8", "name": "Relay"}
        answer = await http.post("/auth/signup", json=body)
        return str(answer.json()["access_token"])


def socket(address: str, path: str, token: str) -> connect:
    return connect(f"ws://{address}{path}", additional_headers={"Authorization": f"Bearer {token}"})


async def test_one_instrument_streams_conflated_frames(address: str, token: str) -> None:
    async with asyncio.timeout(15), socket(address, "/ws/prices/EUR_USD", token) as prices:
        frames = [json.loads(await prices.recv()) for _ in range(5)]
    assert {frame["instrument"] for frame in frames} == {"EURUSD"}
    assert all(0 < frame["bid"] < frame["ask"] for frame in frames)
    moments = [frame["timestamp"] for frame in frames]
    assert moments == sorted(set(moments))


async def test_several_instruments_come_as_one_frame_at_once(address: str, token: str) -> None:
    async with asyncio.timeout(15), socket(address, "/ws/prices?instruments=EURUSD,USDJPY", token) as prices:
        await prices.recv()
    async with asyncio.timeout(2), socket(address, "/ws/prices?instruments=EURUSD,USDJPY", token) as prices:
        first = json.loads(await prices.recv())
    assert {price["instrument"] for price in first["prices"]} == {"EURUSD", "USDJPY"}


async def test_a_browser_signs_in_by_subprotocol(address: str, token: str) -> None:
    async with (
        asyncio.timeout(15),
        connect(f"ws://{address}/ws/prices/EURUSD", subprotocols=["bearer", token]) as prices,
    ):  # type: ignore[list-item]
        assert json.loads(await prices.recv())["instrument"] == "EURUSD"


@pytest.mark.parametrize(
    ("path", "good_token", "code"),
    [
        ("/ws/prices/EURUSD", False, 4401),
        ("/ws/prices/NOPAIR", True, 4404),
        ("/ws/prices", True, 4404),
        ("/ws/prices?instruments=" + "EURUSD," * 51, True, 4429),
    ],
)
async def test_refusals_have_their_close_code(address: str, token: str, path: str, good_token: bool, code: int) -> None:
    async with asyncio.timeout(10), socket(address, "/ws/prices/EURUSD", token) as ready:
        await ready.recv()
    async with asyncio.timeout(10), socket(address, path, token if good_token else "nonsense") as prices:
        with pytest.raises(ConnectionClosed) as closed:
            await prices.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == code


async def test_the_eleventh_socket_of_a_user_is_refused(address: str, token: str) -> None:
    async with asyncio.timeout(20):
        held = [await socket(address, "/ws/prices/EURUSD", token) for _ in range(10)]
        for one in held:
            await one.recv()
        eleventh = await socket(address, "/ws/prices/EURUSD", token)
        with pytest.raises(ConnectionClosed) as closed:
            await eleventh.recv()
        for one in held:
            await one.close()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4429


async def test_who_has_much_to_say_is_let_go(address: str, token: str) -> None:
    async with asyncio.timeout(10), socket(address, "/ws/prices/EURUSD", token) as prices:
        await prices.send("x" * 100_000)
        with suppress(ConnectionClosed):
            while await prices.recv():
                pass
    assert prices.close_code == 1009


@pytest.mark.parametrize("name", ["EURUSD", "EUR_USD", "EUR%2FUSD"])
async def test_candles_are_answered_oldest_first(address: str, token: str, name: str) -> None:
    async with httpx.AsyncClient(base_url=f"http://{address}/api/v1") as http:
        headers = {"Authorization": f"Bearer {token}"}
        answer = await http.get(f"/candles/{name}?timeframe=M15&count=20", headers=headers)
        unknown = await http.get("/candles/NOPAIR?timeframe=M15", headers=headers)
        wrong = await http.get("/candles/EURUSD?timeframe=M7", headers=headers)
    bars = answer.json()
    assert answer.status_code == 200, answer.text
    assert len(bars) == 20
    assert [bar["time"] for bar in bars] == sorted(bar["time"] for bar in bars)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "UNKNOWN_INSTRUMENT")
    assert (wrong.status_code, wrong.json()["code"], wrong.json()["field"]) == (400, "VALIDATION_ERROR", "timeframe")


async def test_bars_of_any_span_and_granularity(address: str, token: str) -> None:
    start, end = "2026-01-05T00:00:00Z", "2026-01-05T06:00:00Z"
    async with httpx.AsyncClient(base_url=f"http://{address}/api/v1") as http:
        headers = {"Authorization": f"Bearer {token}"}

        async def ask(**query: Any) -> httpx.Response:
            return await http.get("/candles/EURUSD", params=query, headers=headers)

        between = await ask(**{"timeframe": "H2", "from": start, "to": end})
        after = await ask(**{"timeframe": "S5", "from": start, "count": 3})
        too_long = await ask(**{"timeframe": "S5", "from": start, "to": "2026-03-01T00:00:00Z"})
        naive = await ask(**{"from": "2026-01-05T00:00:00"})
        every = {name: await ask(timeframe=name, count=2) for name in get_args(CandleTimeframe)}
        status = await http.get("/prices/status", headers=headers)
    assert [bar["time"][:19] for bar in between.json()][:3] == [f"2026-01-05T0{hour}:00:00" for hour in (0, 2, 4)]
    assert [bar["time"][11:19] for bar in after.json()] == ["00:00:00", "00:00:05", "00:00:10"]
    assert (too_long.status_code, naive.status_code, naive.json()["field"]) == (400, 400, "from")
    refused = {name: answer.json()["field"] for name, answer in every.items() if answer.status_code == 400}
    assert refused == dict.fromkeys(("M3", "M6", "M12", "M20"), "timeframe")  # a terminal alone has these
    assert {len(answer.json()) for name, answer in every.items() if name not in refused} == {2}
    assert status.json()["status"] == "live"
    assert status.json()["age_seconds"] < 12

"""Calls to OANDA keep to its limits: requests a second, and new connections a second."""

import asyncio
import time

import httpx
import pytest

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from cloud.providers.oanda.pace import Pace
from cloud.providers.oanda.transport import CONNECTIONS_A_SECOND, REQUESTS_A_SECOND, OandaAccess, OandaTransport


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}")
    await writer.drain()
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize(("requests", "connections"), [(20, 1000), (1000, 20)])
async def test_calls_wait_for_their_turn(requests: int, connections: int) -> None:
    async with await asyncio.start_server(_answer, "127.0.0.1", 0) as server, httpx.AsyncClient() as http:
        port = server.sockets[0].getsockname()[1]
        access = OandaAccess(f"http://127.0.0.1:{port}", "key")
        transport = OandaTransport(http, Pace(requests), Pace(connections))
        began = time.monotonic()
        await asyncio.gather(*(transport.call(access, "GET", "/v3/accounts") for _ in range(6)))
        assert time.monotonic() - began >= 5 / 20
    assert REQUESTS_A_SECOND <= 120
    assert CONNECTIONS_A_SECOND <= 2


async def test_nothing_is_sent_where_a_connection_would_come_too_late() -> None:
    """An order that is written down as being sent is sent soon or not at all: another worker takes over in a minute."""
    asked = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        await _answer(reader, writer)

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server, httpx.AsyncClient() as http:
        port = server.sockets[0].getsockname()[1]
        transport = OandaTransport(http, Pace(1000), Pace(0.01))
        access = OandaAccess(f"http://127.0.0.1:{port}", "key")
        await transport.call(access, "POST", "/v3/accounts/1/orders")
        for _ in range(2):
            with pytest.raises(ForexEliteError) as refused:
                await asyncio.wait_for(transport.call(access, "POST", "/v3/accounts/1/orders"), 5)
            assert refused.value.code is ErrorCode.BROKER_UNAVAILABLE
    assert asked == 1


async def test_who_would_wait_too_long_is_told_and_nothing_is_sent() -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        transport = OandaTransport(http, Pace(0.1), Pace(1000))
        access = OandaAccess("http://oanda", "key")
        await transport.call(access, "POST", "/v3/accounts/1/orders")
        with pytest.raises(ForexEliteError) as refused:
            await transport.call(access, "POST", "/v3/accounts/1/orders")
    assert refused.value.code is ErrorCode.BROKER_UNAVAILABLE
    assert len(sent) == 1

import httpx
import pytest

from agent_core.sync.http import CloudError, send


@pytest.mark.parametrize(
    "address", ["http://cloud.example", "http://192.168.1.4:8000", "http://127.0.0.1.evil.example"]
)
async def test_nothing_is_sent_to_an_address_others_can_listen_at(address: str) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200)

    async with httpx.AsyncClient(base_url=address, transport=httpx.MockTransport(answer)) as client:
        with pytest.raises(CloudError, match="must begin with https://"):
            await send(client, "POST", "/auth/login", body='{"password": "x"}')
    assert asked == []


@pytest.mark.parametrize(
    "address", ["https://cloud.example", "http://127.0.0.1:8000", "http://[::1]:1", "http://localhost"]
)
async def test_protected_addresses_and_this_computer_are_fine(address: str) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(200))
    async with httpx.AsyncClient(base_url=address, transport=transport) as client:
        assert (await send(client, "GET", "/agents")).status_code == 200

from collections.abc import Awaitable, Callable
from typing import Any

import httpx


async def test_sign_up_then_me(client: httpx.AsyncClient, trader: Any) -> None:
    me = await client.get("/api/v1/auth/me", headers=trader.headers)
    assert me.status_code == 200
    assert me.json() == {"id": str(trader.user_id), "email": trader.email, "name": "Test Trader"}


async def test_the_gate_opens_after_onboarding(client: httpx.AsyncClient, onboard: Callable[[], Awaitable[Any]]) -> None:
    user = await onboard()
    status = await client.get("/api/v1/onboarding/status", headers=user.headers)
    assert status.json() == {"onboarded": True, "missing": []}

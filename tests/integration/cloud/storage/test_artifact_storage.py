from typing import Any

import httpx
import pytest

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from cloud.providers.supabase import ArtifactStorage
from cloud.services import Services


async def test_put_get_sign_and_delete(services: Services, trader: Any) -> None:
    storage, path = services.storage, f"{trader.user_id}/version/MyEA.ex5"
    await storage.put(path, b"one")
    await storage.put(path, b"two", "application/x-ex5")
    assert await storage.get(path) == b"two"
    async with httpx.AsyncClient() as http:
        answer = await http.get(await storage.signed_url(path, 60))
    assert (answer.content, answer.headers["content-type"]) == (b"two", "application/x-ex5")
    await storage.delete([path, f"{trader.user_id}/none"])
    for call in (storage.get(path), storage.signed_url(path)):
        with pytest.raises(ForexEliteError) as missing:
            await call
        assert missing.value.code is ErrorCode.NOT_FOUND


async def test_storage_that_does_not_answer(backend: Any) -> None:
    async with httpx.AsyncClient() as http:
        storage = ArtifactStorage(backend.settings(supabase_url="http://127.0.0.1:9"), http)
        with pytest.raises(ForexEliteError) as down:
            await storage.get("a/b")
    assert down.value.code is ErrorCode.SERVICE_UNAVAILABLE

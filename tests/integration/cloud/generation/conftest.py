"""The GLM stand-in on a real socket, and a cloud that asks it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
import uvicorn
from pydantic import SecretStr

from cloud.embedded.glm import create_glm_app
from cloud.settings import CloudSettings

KEY = "glm-test-key"
Plan = Callable[..., Awaitable[None]]


@pytest.fixture
async def glm_url() -> AsyncIterator[str]:
    app = create_glm_app(KEY, pause_seconds=0.0)
    config = uvicorn.Config(app, port=0, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await serving


@pytest.fixture
def plan(glm_url: str) -> Plan:
    """Says what the next answers of the model shall be."""

    async def make(*answers: str | dict[str, str]) -> None:
        async with httpx.AsyncClient() as http:
            (await http.post(f"{glm_url}/_control", json={"next": list(answers)})).raise_for_status()

    return make


@pytest.fixture
def model(glm_url: str) -> Callable[[], Awaitable[dict[str, Any]]]:
    """Tells what the model's server is doing."""

    async def look() -> dict[str, Any]:
        async with httpx.AsyncClient() as http:
            found: dict[str, Any] = (await http.get(f"{glm_url}/_control")).json()
            return found

    return look


@pytest.fixture
def glm_settings(glm_url: str) -> dict[str, object]:
    return {"glm_base_url": f"{glm_url}/api/paas/v4", "glm_api_key": SecretStr(KEY), "glm_model": "glm-5"}


@pytest.fixture
def cloud_settings(backend: object, glm_settings: dict[str, object]) -> CloudSettings:
    settings: CloudSettings = backend.settings(**glm_settings)  # type: ignore[attr-defined]
    return settings

"""The demo's cloud comes back at the same address when it dies."""

import asyncio
from pathlib import Path

import httpx
import pytest

from app.demo import LocalCloud


@pytest.mark.timeout(90)
def test_a_dead_cloud_is_started_again(tmp_path: Path) -> None:
    async def answers(api: str) -> bool:
        async with httpx.AsyncClient(base_url=api) as client:
            try:
                return (await client.get("/openapi.json")).status_code < 500
            except httpx.HTTPError:
                return False

    async def live() -> None:
        cloud = LocalCloud(tmp_path)
        await cloud.start()
        try:
            assert await answers(cloud.api)
            first = cloud._process
            assert first is not None
            first.kill()
            await first.wait()
            async with asyncio.timeout(60):
                while cloud._process is first or not await answers(cloud.api):
                    await asyncio.sleep(0.1)
        finally:
            await cloud.stop()

    asyncio.run(live())

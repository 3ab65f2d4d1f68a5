"""The five groups of figures that the operation watches."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from cloud.services import Services
from cloud.settings import CloudSettings


@pytest.fixture
def cloud_settings(backend: Any) -> CloudSettings:
    settings: CloudSettings = backend.settings(metrics_token=SecretStr("a-token-for-metrics"))
    return settings


async def test_all_groups_are_there(client: httpx.AsyncClient, services: Services, onboarded: Any) -> None:
    async with services.sockets.place(onboarded.user_id):
        pass
    async with services.sockets.place(onboarded.user_id):
        await client.get("/api/v1/auth/me", headers=onboarded.headers)
        await asyncio.sleep(0)
        answer = await client.get("/metrics", headers={"Authorization": "Bearer a-token-for-metrics"})
    assert answer.status_code == 200
    text = answer.text
    for name in (
        'http_request_seconds_bucket{le="0.1",method="GET",route="/api/v1/auth/me"}', "http_requests_total{",
        "ws_connections 1.0", 'ws_connects_total{kind="again"}', "ws_price_frames_total", "ws_prices_total",
        "oanda_request_seconds", "oanda_answers_total", "trade_facts_total", "price_stream_age_seconds",
        'fleet{kind="agents",status="offline"}', "heartbeat_failures_total", "compilations_total",
        "db_query_seconds_bucket", 'db_pool_connections{state="open"}', "db_pool_wait_seconds",
        "db_rls_violations_total",
    ):  # fmt: skip
        assert f"forexelite_{name}" in text, name
    queries = next(line for line in text.splitlines() if line.startswith("forexelite_db_query_seconds_count"))
    assert float(queries.split()[1]) > 10


def test_what_a_dead_worker_had_open_is_not_counted(tmp_path: Path) -> None:
    def worker(code: str) -> str:
        program = f"from cloud.auth import socket_places as places\nfrom cloud.market import freshness\n{code}"
        environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE, text=True, check=False
        )
        return done.stdout

    lived = "places._OPEN.inc(3); places._CONNECTS.labels('first').inc(3); freshness._LIVE.set({})"
    worker(f"{lived.format(0)}; import os; os._exit(9)")
    told = worker(f"{lived.format(1)}; from cloud.metrics import exposition; print(exposition().decode())")
    assert "forexelite_ws_connections 3.0" in told
    assert 'forexelite_ws_connects_total{kind="first"} 6.0' in told
    assert "forexelite_price_stream_live 1.0" in told


async def test_nobody_else_sees_them(client: httpx.AsyncClient) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        assert (await client.get("/metrics", headers=headers)).status_code == 404


async def test_health_and_readiness(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).json() == {"status": "ok"}
    ready = (await client.get("/readyz")).json()
    assert (ready["status"], ready["prices"], ready["redis"]) == ("ok", "off", "off")

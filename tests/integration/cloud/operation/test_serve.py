"""`forexelite-cloud serve` with two workers, as a host runs it."""

import os
import signal
import subprocess
import sys
import time
from typing import Any

import httpx
import pytest

from cloud.embedded.ports import free_port

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="hosts send SIGTERM")


def test_two_workers_behind_a_proxy(backend: Any, redis_server: Any) -> None:
    settings, port = backend.settings(), free_port()
    environment = {
        **os.environ, "FOREXELITE_CLOUD_MODE": "local", "DATABASE_URL": backend.app_dsn, "DATABASE_POOL_MIN": "1",
        "SUPABASE_URL": backend.supabase_url, "SUPABASE_SERVICE_ROLE_KEY": backend.service_key,
        "SUPABASE_ANON_KEY": backend.anon_key, "CREDENTIALS_KEYS": settings.credentials_keys[0].get_secret_value(),
        "AGENT_KEY_SECRET": settings.agent_key_secret.get_secret_value(), "SIGN_INS_PER_5_MINUTES": "4",
        "FORWARDED_ALLOW_IPS": "127.0.0.1,10.0.0.0/8", "REDIS_URL": redis_server.url, "LOG_LEVEL": "warning",
    }  # fmt: skip
    command = [sys.executable, "-m", "cloud.cli", "serve", "--workers", "2", "--port", str(port)]
    server = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as http:
            deadline = time.monotonic() + 90
            while not _ready(http):
                assert server.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.1)

            def statuses(forwarded: str, times: int) -> list[int]:
                body = {"email": "nobody@example.com", "password": "wrong wrong"}
                headers = {"X-Forwarded-For": forwarded}
                return [http.post("/api/v1/auth/login", json=body, headers=headers).status_code for _ in range(times)]

            # What the client invents stands left of what proxies add. Both workers count together.
            tried = [statuses(f"6.6.6.{number}, 203.0.113.7, 10.1.2.3", 1)[0] for number in range(5)]
            assert tried == [401, 401, 401, 401, 429]
            assert statuses("203.0.113.8, 10.1.2.3", 1) == [401]
            metrics = http.get("/metrics").text
        assert 'forexelite_http_requests_total{method="POST",route="/api/v1/auth/login",status="401"}' in metrics
        assert "forexelite_db_pool_connections" in metrics
    finally:
        server.send_signal(signal.SIGTERM)
        _, log = server.communicate(timeout=30)
    assert server.returncode in (0, -signal.SIGTERM), log


def _ready(http: httpx.Client) -> bool:
    try:
        return http.get("/readyz").status_code == 200
    except httpx.TransportError:
        return False


def test_several_workers_need_a_redis() -> None:
    environment = {**os.environ, "FOREXELITE_CLOUD_MODE": "local", "REDIS_URL": ""}
    command = [sys.executable, "-m", "cloud.cli", "serve", "--workers", "2"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "REDIS_URL is missing" in done.stderr

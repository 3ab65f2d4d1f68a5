"""The program `forexelite-cloud local` as others start it: a child process with a pipe."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from agent_core.programs import command_for

START_SECONDS = 60
Start = Callable[..., "RunningCloud"]


class RunningCloud:
    """One child process and what its ready line said."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        self.process = subprocess.Popen(
            [*command_for("cloud"), "local", "--data", str(folder), "--exit-with-parent", *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
        )  # fmt: skip
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        self.addresses: dict[str, Any] = json.loads(line) if line else {}

    def end(self) -> int:
        """Ends standard input; returns the exit code."""
        self.process.communicate(timeout=30)
        return self.process.returncode


@pytest.fixture
def folder() -> Iterator[Path]:
    parent = Path(tempfile.mkdtemp(prefix="forexelite-local-"))
    parent.chmod(0o711)
    yield parent / "Meine Cloud"
    for pid_file in parent.rglob("postmaster.pid"):
        psutil.Process(int(pid_file.read_text().splitlines()[0])).send_signal(signal.SIGINT)
    shutil.rmtree(parent, ignore_errors=True)


def _signed_up(api: str, email: str) -> httpx.Response:
    body = {"email": email, "password": "correct horse 8", "name": "A"}
    return httpx.post(f"{api}/api/v1/auth/signup", json=body, timeout=20)


def test_starts_survives_a_kill_and_ends_with_its_parent(folder: Path) -> None:
    first = RunningCloud(folder)
    assert first.addresses["event"] == "ready"
    assert set(first.addresses) == {"event", "api", "supabase", "oanda", "glm", "postgres"}
    assert _signed_up(first.addresses["api"], "a@example.com").status_code == 201
    assert "@" not in first.addresses["postgres"]
    first.process.kill()
    first.process.communicate()

    second = RunningCloud(folder)
    assert second.addresses == first.addresses
    assert _signed_up(second.addresses["api"], "a@example.com").json()["code"] == "EMAIL_TAKEN"
    body = {"email": "a@example.com", "password": "correct horse 8"}
    assert httpx.post(f"{second.addresses['api']}/api/v1/auth/login", json=body, timeout=20).status_code == 200

    third = subprocess.run(
        [*command_for("cloud"), "local", "--data", str(folder)], capture_output=True, text=True, timeout=30, check=False
    )
    assert third.returncode == 2
    assert "Another ForexElite cloud works in" in third.stderr

    assert second.end() == 0
    assert not list(folder.rglob("postmaster.pid"))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
def test_ends_on_a_signal(folder: Path) -> None:
    cloud = RunningCloud(folder)
    cloud.process.send_signal(signal.SIGTERM)
    assert cloud.process.wait(30) == 0
    cloud.process.communicate()
    assert not list(folder.rglob("postmaster.pid"))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows kills otherwise")
def test_a_killed_database_comes_back(folder: Path) -> None:
    cloud = RunningCloud(folder)
    api = cloud.addresses["api"]
    assert _signed_up(api, "b@example.com").status_code == 201
    pid_file = next(folder.rglob("postmaster.pid"))
    os.kill(int(pid_file.read_text().splitlines()[0]), signal.SIGKILL)
    body = {"email": "b@example.com", "password": "correct horse 8"}
    deadline = time.monotonic() + 40
    while (answer := httpx.post(f"{api}/api/v1/auth/login", json=body, timeout=20)).status_code != 200:
        assert answer.status_code == 503, answer.text
        assert time.monotonic() < deadline
        time.sleep(0.2)
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    assert httpx.get(f"{api}/api/v1/onboarding/status", headers=headers, timeout=20).status_code == 200
    assert cloud.end() == 0

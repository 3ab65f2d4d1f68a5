import json
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from agent_core.exclusive import ExclusiveLock
from agent_core.protocol.errors import ErrorCode, ForexEliteError

_HOLDER = """
import sys
from pathlib import Path
from agent_core.exclusive import ExclusiveLock
lock = ExclusiveLock(Path(sys.argv[1]), "taken")
print("held", flush=True)
sys.stdin.read()
"""

#: An agent that starts a host, sends it a call that hangs, says the host's process id and waits.
_AGENT = """
import asyncio, json, sys
from agent_core.terminal.client import HostClient

async def main():
    client = HostClient(json.loads(sys.argv[1]))
    await client.initialize(path=sys.executable, portable=False, timeout_seconds=1)
    call = asyncio.create_task(client.call("symbol_info", "hang"))
    while client._queue or not client.pid:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.2)
    print(client.pid, flush=True)
    await call

asyncio.run(main())
"""


def test_a_lock_has_one_holder_and_can_be_given_back(tmp_path: Path) -> None:
    path = tmp_path / "Größe 1" / "agent.lock"
    lock = ExclusiveLock(path, "Another one.")
    with pytest.raises(ForexEliteError, match="Another one") as caught:
        ExclusiveLock(path, "Another one.")
    assert caught.value.code is ErrorCode.CONFLICT
    lock.release()
    lock.release()
    ExclusiveLock(path, "Another one.").release()


def test_a_lock_dies_with_its_process(tmp_path: Path) -> None:
    path = tmp_path / "agent.lock"
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == b"held"
        with pytest.raises(ForexEliteError, match="in use"):
            ExclusiveLock(path, "It is in use.")
        holder.kill()
        holder.wait()
        ExclusiveLock(path, "It is in use.").release()


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ForexEliteError, match="can't be written"):
        ExclusiveLock(tmp_path / "file" / "agent.lock", "")


def test_a_host_amid_a_call_ends_with_its_killed_agent(host_command: list[str]) -> None:
    with subprocess.Popen([sys.executable, "-c", _AGENT, json.dumps(host_command)], stdout=subprocess.PIPE) as agent:
        assert agent.stdout is not None
        host = psutil.Process(int(agent.stdout.readline()))
        agent.kill()
        agent.wait()
        deadline = time.monotonic() + 5
        while host.is_running() and host.status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < deadline, "the host outlived its agent"
            time.sleep(0.02)

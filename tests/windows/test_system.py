"""What only Windows has: closing another program's window, tasks at sign-in, limits by job objects."""

import asyncio
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree as ET

import psutil
import pytest

from agent_core import autostart
from agent_core.ea.close_terminal import close_terminal
from agent_core.ending import Ending
from agent_core.mql.process import CheckerProcess
from agent_core.mql.wire import CheckRequest
from agent_core.terminal.discovery import is_running

WINDOWED = Path(__file__).with_name("windowed.py")
TASK_FILE = Path(os.environ.get("SYSTEMROOT", ""), "System32", "Tasks", "ForexElite Pro Agent")
UNDER_WINE = sys.platform == "win32" and hasattr(ctypes.WinDLL("ntdll"), "wine_get_version")


@contextmanager
def windowed(manner: str, executable: Path) -> Iterator["subprocess.Popen[str]"]:
    """A terminal with windows; ended at last."""
    command = [sys.executable, str(WINDOWED), manner, str(executable)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            yield process
        finally:
            process.kill()


async def test_a_terminal_is_closed_by_a_message_to_its_main_window_alone(tmp_path: Path) -> None:
    executable = tmp_path / "Jörg Müller" / "terminal64.exe"
    other = tmp_path / "another" / "terminal64.exe"
    with windowed("closes", executable) as ours, windowed("closes", other) as theirs:
        assert is_running(executable)
        assert await close_terminal(executable, 20)
        assert ours.wait(10) == 0
        assert ours.stdout is not None
        assert ours.stdout.read() == "asked 1 time\n"
        assert theirs.poll() is None
        assert is_running(other)


async def test_a_terminal_that_stays_is_never_forced(tmp_path: Path) -> None:
    executable = tmp_path / "terminal64.exe"
    with windowed("stays", executable) as process:
        started = time.monotonic()
        assert not await close_terminal(executable, 2)
        assert 2 <= time.monotonic() - started < 15
        assert process.stdout is not None
        assert process.stdout.readline() == "asked\n"
        assert process.poll() is None


async def test_windows_waits_for_the_agents_end_when_its_console_is_closed(tmp_path: Path) -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGBREAK)}
    with Ending(tmp_path) as ending:
        assert not ending._console.on_event(0)  # Ctrl+C is a signal
        closing = threading.Thread(target=ending._console.on_event, args=(2,))
        closing.start()
        await asyncio.wait_for(ending.wait(), 10)
        assert closing.is_alive()
    closing.join(10)
    assert not closing.is_alive()
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_task_at_sign_in_is_made_changed_and_removed() -> None:
    assert not TASK_FILE.exists()
    try:
        assert "when you sign in" in autostart.switch_on(["--arm", "7"])
        assert autostart.is_on()
        kept = ET.fromstring(TASK_FILE.read_bytes())
        told = {element.tag.partition("}")[2]: element.text or "" for element in kept.iter()}
        assert (told["ExecutionTimeLimit"], told["StopIfGoingOnBatteries"]) == ("PT0S", "false")
        if not UNDER_WINE:  # which keeps the settings alone
            assert Path(told["Command"]).name.lower() == "pythonw.exe"
            assert Path(told["Command"]).is_file()
            assert told["Arguments"] == "-m agent_core.headless run --arm 7"
        autostart.switch_on([])  # again
    finally:
        autostart.switch_off()
    assert not TASK_FILE.exists()


def test_the_checker_works_in_a_job_that_may_not_use_more_memory(capsys: pytest.CaptureFixture[str]) -> None:
    greedy = (
        "import sys; from agent_core.mql import limits; limits.MEMORY_LIMIT_BYTES = 200 << 20\n"
        "print(limits.limit_memory(), flush=True)\n"
        "taken = [bytearray(100 << 20) for _ in range(6)]; print('all of it')"
    )
    done = subprocess.run(
        [sys.executable, "-c", greedy], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        timeout=60,
    )  # fmt: skip
    assert done.stdout.startswith("True\n"), done.stderr
    if UNDER_WINE:
        with capsys.disabled():
            verdict = "does not keep" if "all of it" in done.stdout else "keeps"
            sys.stdout.write(f"\nJob objects: Wine accepts a memory limit and {verdict} it.\n")
    else:
        assert "MemoryError" in done.stderr


def test_a_check_that_takes_too_long_is_ended_with_its_process() -> None:
    checker = CheckerProcess()
    assert checker.check(CheckRequest(source="void OnTick() { }", include_folders=()), 30).mode == "full"
    process = checker._process
    assert process is not None
    deep = "void OnTick() { int a = " + "(" * 200_000 + "1" + ")" * 200_000 + "; }"
    report = checker.check(CheckRequest(source=deep, include_folders=()), 0.05)
    assert "stopped" in report.diagnostics[0].message
    assert not psutil.pid_exists(process.pid)
    checker.close()

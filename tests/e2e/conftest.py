"""The product from outside: its real programs in processes of their own, and the terminal's own truth beside them."""

import json
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar, cast
from uuid import uuid4

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import httpx
import psutil
import pytest

from agent_core.credentials import Credentials
from agent_core.programs import command_for
from agent_core.simulator.ipc import IpcError, call_terminal
from agent_core.simulator.layout import layout_of_root

V = TypeVar("V")
_MARK = "FOREXELITE_E2E_MARK"
_LEAVING_SECONDS = 20.0
_READY_SECONDS = 90.0
DEMO_EMAIL = "trader@demo.forexelite.example"


@contextmanager
def leaving_no_process() -> Iterator[None]:
    """Marks every process that begins inside, its detached grandchildren too, and wants them all gone at the end."""
    mark = uuid4().hex
    os.environ[_MARK] = mark
    try:
        yield
    finally:
        del os.environ[_MARK]
        deadline = time.monotonic() + _LEAVING_SECONDS
        while (left := _marked(mark)) and time.monotonic() < deadline:
            time.sleep(0.2)
        words = [f"{process.pid} {_command(process)}" for process in left]
        for process in left:
            process.kill()
        assert not left, f"Processes were left behind: {words}"


@pytest.fixture(scope="module")
def no_stray_processes() -> Iterator[None]:
    """After the tests of a file nothing of them runs any more."""
    with leaving_no_process():
        yield


@pytest.fixture
def until() -> Callable[..., object]:
    """Looks again and again until something is true; returns it."""
    return wait_until


def wait_until(what: str, look: Callable[[], V], seconds: float = 30, *, every: float = 0.1) -> V:
    """Looks until the answer is true and returns it; fails with `what` and the last answer otherwise."""
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        if time.monotonic() > deadline:
            pytest.fail(f"Not within {seconds:.0f} s: {what} (last seen: {seen!r})")
        time.sleep(every)
    return seen


def _marked(mark: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() == psutil.STATUS_ZOMBIE or process.environ().get(_MARK) != mark:
                continue
            # The checker's worker of this very process lives as long as the process does.
            if process.ppid() != os.getpid() or "agent_core.mql.worker" not in process.cmdline():
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())[:200]
    except psutil.Error:
        return "(gone)"


class DemoApp:
    """`forexelite --demo` in a process of its own, and its trader's phone: a client of the cloud's public API.

    Attributes:
        folder: The demo's data folder; a second `start` finds everything in it again.
        phone: Signed-in client of the API, once `ready`.
        broker: Id of the demo account's broker connection.
        agent: Id of the demo's agent.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.broker = self.agent = ""
        self.phone = httpx.Client(timeout=40)
        self._process: subprocess.Popen[bytes] | None = None
        self._terminal: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts the window and waits until the trader could work with it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "window.out").open("ab") as output:
            self._process = subprocess.Popen(
                [*command_for("window"), "--demo", "--data", str(self.folder), "--size", "1280x800"],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            )  # fmt: skip
        wait_until("the demo trader can work", self._ready, _READY_SECONDS, every=0.3)

    def kill(self, seconds: float = 30) -> None:
        """Kills the window's process alone, as a crash would; what it had started must end by itself."""
        process = self._running()
        started = {
            child.pid: child
            for child in psutil.Process(process.pid).children(recursive=True)
            if not _is_terminal(child)
        }
        process.kill()
        process.wait()
        wait_until("its helpers have ended", lambda: not any(map(_alive, started.values())), seconds)

    def stop(self) -> None:
        """Closes the window; it ends in order and says so."""
        process = self._running()
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0, self.output()[-3000:]

    def close(self) -> None:
        """Ends what is left after a failed test."""
        self.phone.close()
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(30)
            self._process.kill()
            self._process.wait()
        with suppress(IpcError, OSError):
            self.control(quit=True)
        if self._terminal is not None:
            self._terminal.wait(30)

    def output(self) -> str:
        """All that the program has printed so far."""
        return (self.folder / "window.out").read_text("utf-8", "replace")

    def helper(self, part: str) -> psutil.Process:
        """The one program below the window whose command line holds a word."""
        found = [
            child
            for child in psutil.Process(self._running().pid).children(recursive=True)
            if part in " ".join(child.cmdline())
        ]
        assert len(found) == 1, f"{part}: {[_command(child) for child in found]}"
        return found[0]

    def truth(self) -> dict[str, Any]:
        """The terminal's own state."""
        return cast("dict[str, Any]", call_terminal(layout_of_root(self.folder / "terminal"), "state"))

    def open_terminal(self) -> None:
        """Starts MetaTrader as its user does."""
        executable = layout_of_root(self.folder / "terminal").executable
        quiet = subprocess.DEVNULL
        self._terminal = subprocess.Popen(
            [*command_for("simulator"), str(executable)], stdin=quiet, stdout=quiet, stderr=quiet
        )

    def control(self, **changes: Any) -> None:
        """Turns the terminal's switches."""
        call_terminal(layout_of_root(self.folder / "terminal"), "control", changes)

    def rows(self, query: str) -> list[dict[str, Any]]:
        """Reads the agent's own store."""
        with closing(sqlite3.connect(f"{(self.folder / 'agent/agent.db').as_uri()}?mode=ro", uri=True)) as store:
            store.row_factory = sqlite3.Row
            return [dict(row) for row in store.execute(query)]

    def get(self, path: str, **params: Any) -> Any:
        """Reads something over the API."""
        answer = self.phone.get(path, params=params)
        assert answer.status_code == 200, f"GET {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def post(self, path: str, **body: Any) -> Any:
        """Has something done over the API."""
        answer = self.phone.post(path, json=body)
        assert answer.status_code in {200, 201}, f"POST {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def database_pid(self) -> int:
        """Process id of the cloud's database server; 0 while there is none."""
        cluster = json.loads((self.folder / "cloud/local-secrets.json").read_text("utf-8"))["cluster_id"]
        for process in psutil.process_iter(["cmdline"]):
            words = " ".join(process.info["cmdline"] or [])
            if "postgres" in words and " -D " in words and (cluster in words or str(self.folder) in words):
                return int(process.pid)
        return 0

    def finished(self, job_id: str) -> dict[str, Any]:
        """Waits for a job's end."""
        ends = {"completed", "failed", "expired", "cancelled", "dead"}

        def end() -> dict[str, Any] | None:
            job: dict[str, Any] = self.get(f"/jobs/{job_id}")
            return job if job["status"] in ends else None

        found = wait_until(f"job {job_id} ends", end, 60)
        assert found is not None
        return found

    @property
    def session(self) -> str:
        """The window's kept session at the cloud; another one after each sign-in and each refresh."""
        return Credentials(self.folder / "agent").get("cloud_session") or ""

    def _ready(self) -> bool:
        assert self._running().poll() is None, f"The window ended: {self.output()[-3000:]}"
        with suppress(httpx.HTTPError, FileNotFoundError, KeyError, IndexError, ValueError):
            ports = json.loads((self.folder / "cloud/local-ports.json").read_text("utf-8"))["ports"]
            self.phone.base_url = httpx.URL(f"http://127.0.0.1:{ports['api']}/api/v1")
            if not self._signed_in():
                return False
            if not self.phone.get("/onboarding/status").json()["onboarded"]:
                return False
            self.broker = self.phone.get("/onboarding/brokers").json()[0]["id"]
            self.agent = self.phone.get("/agents").json()[0]["id"]
            return self.phone.get("/account", params={"broker_connection_id": self.broker}).status_code == 200
        return False

    def _signed_in(self) -> bool:
        """Whether the phone has a session that holds; signs it in once there is an account."""
        if "Authorization" in self.phone.headers and self.phone.get("/auth/me").status_code == 200:
            return True
        password = Credentials(self.folder / "agent").get("demo-password")
        if password is None:
            return False
        answer = self.phone.post("/auth/login", json={"email": DEMO_EMAIL, "password": password})
        if answer.status_code == 200:
            self.phone.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return answer.status_code == 200

    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process


def _is_terminal(process: psutil.Process) -> bool:
    """Whether it is the simulated MetaTrader, which is the trader's own program and outlives ours."""
    return "terminal64.exe" in _command(process)


def _alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


@pytest.fixture
def new_app() -> Iterator[Callable[[Path], DemoApp]]:
    """Makes demos that the test starts and stops itself."""
    made: list[DemoApp] = []

    def make(folder: Path) -> DemoApp:
        made.append(DemoApp(folder))
        return made[-1]

    with leaving_no_process():
        yield make
        for app in made:
            app.close()


class LocalCloud:
    """`forexelite-cloud local` in a process of its own.

    Attributes:
        addresses: Where its servers answer, by name.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.addresses: dict[str, str] = {}

    def start(self) -> None:
        """Starts it, at the addresses it had before, and waits until it answers."""
        self._process = process = subprocess.Popen(
            [*command_for("cloud"), "local", "--data", str(self._folder)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None
        for line in process.stdout:
            with suppress(ValueError):
                self.addresses = json.loads(line)
                return
        pytest.fail("The local cloud did not start.")

    def kill(self) -> None:
        """Kills it as a crash would; its database goes on alone."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ends it in order; one that was killed starts again for that, to find its database."""
        if self._process is None or self._process.poll() is not None:
            self.start()
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        process = self._process
        if process is not None and process.poll() is None:
            process.send_signal(number)
            process.wait(40)
        if process is not None and process.stdout is not None:
            process.stdout.close()


@pytest.fixture(scope="module")
def local_cloud(no_stray_processes: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """A running cloud for all tests of a file."""
    cloud = LocalCloud(tmp_path_factory.mktemp("cloud") / "Wolke 1")
    cloud.start()
    yield cloud
    cloud.stop()

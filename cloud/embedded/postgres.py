"""Runs a Postgres server of our own in a data folder: loopback, random port, passwords by SCRAM."""

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import structlog

from cloud.embedded.lock import FolderLock
from cloud.embedded.ports import free_port
from cloud.embedded.postgres_binaries import find_binaries, program
from cloud.embedded.server_user import ServerUser, reachable_binaries, server_home
from cloud.embedded.state import LocalPorts, LocalSecrets

_log = structlog.get_logger(__name__)
SUPERUSER = "supabase_admin"
_CONFIG = "listen_addresses = '127.0.0.1'\nunix_socket_directories = ''\nlog_min_error_statement = panic\n"
_NOT_DURABLE = " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
_START_SECONDS = 60.0
_MAX_LOG_BYTES = 5_000_000


class PostgresStartError(RuntimeError):
    """The server did not start; the message ends with its own last words."""


class EmbeddedPostgres:
    """One cluster in a data folder.

    `start` makes the cluster the first time, adopts a server of ours that outlived its last owner, and otherwise
    starts one. A server that was killed recovers by itself at the next start.
    """

    def __init__(self, folder: Path, *, durable: bool = True, binaries: Path | None = None) -> None:
        """Chooses nothing yet and touches no file.

        Args:
            folder: Data folder of the local cloud; must exist.
            durable: False gives up safety against power cuts, for tests.
            binaries: Folder of the server's programs; None finds them.
        """
        self._folder = folder.resolve()
        self._durable = durable
        self._given_binaries = binaries
        self._binaries = Path()
        self._secrets = LocalSecrets()
        self._user = ServerUser()
        self._home = Path()
        self._cluster = Path()
        self._lock = FolderLock(self._folder / "postgres.lock")
        self.port = 0
        self.pid = 0

    async def start(self) -> None:
        """Starts the server and returns when it takes connections.

        Raises:
            FolderInUseError: another program uses the folder.
            NoPostgresError: there is no Postgres on this machine.
            PostgresStartError: the server refused.
        """
        self._lock.acquire()
        try:
            await asyncio.to_thread(self._prepare)
            if not await self._adopt():
                await self._launch()
        except BaseException:
            self._lock.release()
            raise

    async def stop(self) -> None:
        """Stops the server: open transactions are rolled back, all that was committed is on disk."""
        await asyncio.to_thread(self._stop, "fast")
        self._lock.release()

    def dsn(self, role: str = SUPERUSER, password: str | None = None) -> str:
        """Address of the database for a role; the superuser's by default."""
        return f"postgresql://{role}:{password or self._secrets.postgres_superuser}@127.0.0.1:{self.port}/postgres"

    async def keep_running(self) -> None:
        """Starts the server again, on its port, whenever it dies. Runs until cancelled."""
        while True:
            await asyncio.sleep(0.5)
            if not _is_postgres(self.pid):
                _log.warning("postgres_died_restarting")
                await self._launch()

    def _prepare(self) -> None:
        self._secrets = LocalSecrets.of(self._folder)
        self._user = ServerUser.choose()
        self._home = server_home(self._folder, self._secrets.cluster_id, self._user)
        self._cluster = self._home / "cluster"
        version = self._cluster / "PG_VERSION"
        major = int(version.read_text("ascii")) if version.exists() else None
        self._binaries = reachable_binaries(self._given_binaries or find_binaries(major), self._user)
        if major is None:
            self._make_cluster()

    def _make_cluster(self) -> None:
        """Makes the cluster beside its place and moves it there whole, so that half a cluster is never started."""
        new = self._home / "cluster.new"
        shutil.rmtree(new, ignore_errors=True)
        shutil.rmtree(self._cluster, ignore_errors=True)
        password = self._home / "password"
        descriptor = os.open(password, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(self._secrets.postgres_superuser)
        self._user.give(password)
        try:
            made = self._run("initdb", "-D", str(new), "-U", SUPERUSER, "-A", "scram-sha-256",
                             "--pwfile", str(password), "--locale=C", "-E", "UTF8", "-N")  # fmt: skip
        finally:
            password.unlink()
        if made != 0:
            raise PostgresStartError(f"The database could not be made in {self._home}. {self._last_words()}")
        with (new / "postgresql.conf").open("a", encoding="utf-8") as config:
            config.write(_CONFIG)
        new.rename(self._cluster)

    async def _adopt(self) -> bool:
        """Takes over a running server of ours; one that doesn't answer is stopped."""
        pid, port = self._postmaster()
        if not _is_postgres(pid):
            return False
        self.pid, self.port = pid, port
        try:
            await self._wait_until_ready(10)
        except PostgresStartError:
            await asyncio.to_thread(self._stop, "immediate")
            return False
        _log.info("postgres_adopted", port=port)
        return True

    async def _launch(self) -> None:
        """Starts the server. A predecessor's last processes may still be leaving, so it tries for a while."""
        deadline = time.monotonic() + _START_SECONDS
        ports = LocalPorts.of(self._folder)
        while True:
            if not _is_postgres(self._postmaster()[0]):
                # After a reboot another program may have the number; Postgres itself would then refuse to start.
                (self._cluster / "postmaster.pid").unlink(missing_ok=True)
            self.port = free_port(self.port or ports.ports.get("postgres"))
            if await asyncio.to_thread(self._pg_ctl_start) == 0:
                break
            if time.monotonic() > deadline or "lock file" not in (words := self._last_words()):
                raise PostgresStartError(f"The database did not start. {self._last_words()}")
            _log.info("postgres_start_again", reason=words)
            await asyncio.sleep(0.3)
        self.pid, _ = self._postmaster()
        LocalPorts(ports={**ports.ports, "postgres": self.port}).save(self._folder)
        await self._wait_until_ready(_START_SECONDS)

    def _pg_ctl_start(self) -> int:
        log = self._home / "server.log"
        if log.exists() and log.stat().st_size > _MAX_LOG_BYTES:
            log.unlink()
        options = f"-p {self.port}" + ("" if self._durable else _NOT_DURABLE)
        return self._run(
            "pg_ctl", "start", "-D", str(self._cluster), "-l", str(log), "-w", "-t", str(int(_START_SECONDS)),
            "-o", options,
        )  # fmt: skip

    def _stop(self, mode: str) -> None:
        if self._binaries != Path() and self._cluster.exists():
            self._run("pg_ctl", "stop", "-D", str(self._cluster), "-m", mode, "-w", "-t", "30")

    async def _wait_until_ready(self, seconds: float) -> None:
        """Waits until the server answers our password and says that it serves our folder."""
        deadline = time.monotonic() + seconds
        while True:
            with contextlib.suppress(OSError, asyncpg.PostgresError, TimeoutError):
                connection = await asyncpg.connect(self.dsn(), timeout=3)
                try:
                    served = await connection.fetchval("show data_directory")
                finally:
                    await connection.close()
                if Path(served) == self._cluster:
                    return
            if time.monotonic() > deadline:
                raise PostgresStartError(f"The database does not answer. {self._last_words()}")
            await asyncio.sleep(0.1)

    def _postmaster(self) -> tuple[int, int]:
        """Process id and port out of the server's own pid file; zeros where there is none."""
        try:
            lines = (self._cluster / "postmaster.pid").read_text("utf-8", "replace").splitlines()
            return int(lines[0]), int(lines[3])
        except (FileNotFoundError, IndexError, ValueError):
            return 0, 0

    def _run(self, name: str, *arguments: str) -> int:
        # Never a pipe: the server would inherit it, and reading it would wait for the server's end.
        options: dict[str, Any] = dict(self._user.process_options)
        if sys.platform == "win32":
            options["creationflags"] = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
        else:
            options["start_new_session"] = True
        output = self._home / "commands.log"
        with output.open("wb") as log:
            return subprocess.run(
                [program(self._binaries, name), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._home,
                env={**os.environ, "LC_ALL": "C", "TZ": "UTC"},
                check=False,
                **options,
            ).returncode

    def _last_words(self) -> str:
        words: list[str] = []
        for name in ("commands.log", "server.log"):
            with contextlib.suppress(OSError):
                words += (self._home / name).read_text("utf-8", "replace").splitlines()[-3:]
        return " ".join(line.strip() for line in words if line.strip())


def _is_postgres(pid: int) -> bool:
    """Whether a process with this number runs and is a Postgres server."""
    if pid <= 0:
        return False
    try:
        process = psutil.Process(pid)
        return process.name().startswith(("postgres", "postmaster")) and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False

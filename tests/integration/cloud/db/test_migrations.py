import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from cloud.db.migrate import MigrationError, migrate


@pytest.fixture
async def empty_database(backend: Any) -> AsyncIterator[str]:
    name = f"m_{uuid4().hex}"
    admin = await asyncpg.connect(backend.superuser_dsn)
    await admin.execute(f"create database {name}")
    yield backend.superuser_dsn.rpartition("/")[0] + f"/{name}"
    await admin.execute(f"drop database {name} with (force)")
    await admin.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0001_first.sql").write_text("create table one (id int);\n", "utf-8")
    (tmp_path / "0002_second.sql").write_text("create table two (id int);\n", "utf-8")
    (tmp_path / "notes.txt").write_text("no migration", "utf-8")
    return tmp_path


async def test_runs_each_once(empty_database: str, folder: Path) -> None:
    assert await migrate(empty_database, folder=folder) == ["0001_first.sql", "0002_second.sql"]
    assert await migrate(empty_database, folder=folder) == []


async def test_several_at_the_same_time(empty_database: str, folder: Path) -> None:
    ran = await asyncio.gather(*(migrate(empty_database, folder=folder) for _ in range(4)))
    assert sorted(ran, key=len) == [[], [], [], ["0001_first.sql", "0002_second.sql"]]


async def test_a_failed_one_leaves_nothing(empty_database: str, folder: Path) -> None:
    (folder / "0003_third.sql").write_text("create table three (id int); select 1/0;", "utf-8")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(empty_database, folder=folder)
    (folder / "0003_third.sql").write_text("create table three (id int);", "utf-8")
    assert await migrate(empty_database, folder=folder) == ["0003_third.sql"]


async def test_the_past_is_not_changed(empty_database: str, folder: Path) -> None:
    await migrate(empty_database, folder=folder)
    (folder / "0001_first.sql").write_bytes(b"create table one (id int);\r\n")
    assert await migrate(empty_database, folder=folder) == []
    (folder / "0001_first.sql").write_text("create table other (id int);", "utf-8")
    with pytest.raises(MigrationError, match=r"0001_first\.sql was changed"):
        await migrate(empty_database, folder=folder)
    (folder / "0001_first.sql").unlink()
    with pytest.raises(MigrationError, match="Start a newer version"):
        await migrate(empty_database, folder=folder)

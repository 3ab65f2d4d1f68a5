"""The local store in good days and bad: damaged, full, in folders of any name."""

import os
import sqlite3
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "agent.db")
    made.apply_schema("CREATE TABLE IF NOT EXISTS facts (n INTEGER PRIMARY KEY, text TEXT)")
    yield made
    made.close()


def test_only_what_asks_for_it_waits_for_the_disk(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    store.secure()  # the first time the log's name is secured too
    monkeypatch.setattr("agent_core.store.os.fsync", synced.append)
    store.execute("INSERT INTO facts VALUES (1, 'a')", durable=False)
    assert not synced
    with store.transaction() as connection:
        connection.execute("INSERT INTO facts VALUES (2, 'b')")
        store.execute("INSERT INTO facts VALUES (3, 'c')")
        assert not synced
    assert len(synced) == 1
    store.execute("DELETE FROM facts WHERE n = 99")
    assert len(synced) == 1  # nothing was written
    settings = [store.rows(f"PRAGMA {name}")[0][0] for name in ("journal_mode", "synchronous", "wal_autocheckpoint")]
    assert settings == ["wal", 1, 0]


def test_what_is_secured_soon_goes_along_with_what_is_secured_meanwhile(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.secure()
    synced = threading.Semaphore(0)
    monkeypatch.setattr("agent_core.store.os.fsync", lambda _: synced.release())
    store.execute("INSERT INTO facts VALUES (1, 'a')", durable=False)
    store.secure_soon()
    store.execute("INSERT INTO facts VALUES (2, 'b')", durable=False)
    store.secure_soon()
    assert synced.acquire(timeout=5)
    assert not synced.acquire(timeout=0.3)
    store.execute("INSERT INTO facts VALUES (3, 'c')", durable=False)
    store.secure_soon()
    store.secure()
    assert synced.acquire(timeout=5)
    assert not synced.acquire(timeout=0.3)


def test_the_log_of_changes_is_carried_over_in_the_background(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent_core.store._COMMITS_A_CHECKPOINT", 10)
    sizes = []
    for number in range(50):
        store.execute("INSERT INTO facts VALUES (?, ?)", (number, "x" * 3000), durable=False)
        store._disk.shutdown()  # what was begun there is waited for
        store._disk = ThreadPoolExecutor(1)
        sizes.append(Path(f"{store.path}-wal").stat().st_size)
    assert sizes[-1] == sizes[12]  # its pages are used again
    store.close()
    with closing(sqlite3.connect(store.path)) as connection:
        assert connection.execute("SELECT count(*) FROM facts").fetchone() == (50,)


@pytest.mark.skipif(sys.platform == "win32", reason="files can't be limited there")
def test_a_full_disk_is_told_and_takes_nothing_along(store: Store, full_disk: Any) -> None:
    store.execute("INSERT INTO facts VALUES (1, 'kept')")

    def write() -> None:
        with store.transaction() as connection:
            connection.execute("INSERT INTO facts VALUES (2, 'half')")
            connection.execute("INSERT INTO facts VALUES (3, ?)", ("x" * 100_000,))

    with full_disk(store.path), pytest.raises(ForexEliteError, match="Make room on the disk") as raised:
        write()
    assert raised.value.code is ErrorCode.INTERNAL_ERROR
    assert [row["n"] for row in store.rows("SELECT n FROM facts")] == [1]
    store.execute("INSERT INTO facts VALUES (4, 'there is room again')")
    assert [row["n"] for row in store.rows("SELECT n FROM facts")] == [1, 4]


@pytest.mark.parametrize("place", ["head", "page"])
def test_a_damaged_file_is_left_alone(tmp_path: Path, place: str) -> None:
    path = tmp_path / "agent.db"
    made = Store(path)
    made.apply_schema("CREATE TABLE facts (text TEXT)")
    for _ in range(200):
        made.execute("INSERT INTO facts VALUES (?)", ("x" * 500,), durable=False)
    made.close()
    content = bytearray(path.read_bytes())
    content[0 if place == "head" else 8192 : 12_000] = os.urandom(12_000 - (0 if place == "head" else 8192))
    path.write_bytes(content)
    with pytest.raises(ForexEliteError, match="Move it away and start again"):
        Store(path)
    assert path.read_bytes() == bytes(content)


def test_a_folder_that_can_not_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(ForexEliteError, match="can't be used"):
        Store(tmp_path / "file" / "agent.db")


def test_folders_may_have_any_name_and_length(tmp_path: Path) -> None:
    folder: Any = tmp_path / "Jörg Müllers Größe & Co"
    while len(str(folder)) < 250:
        folder /= "ein langer Ordner"[: max(1, 249 - len(str(folder)))]
    made = Store(folder / "agent.db")
    made.apply_schema("CREATE TABLE facts (n INTEGER)")
    made.execute("INSERT INTO facts VALUES (7)")
    made.close()
    again = Store(folder / "agent.db")
    assert again.rows("SELECT n FROM facts")[0]["n"] == 7
    again.close()


def test_mistakes_of_the_program_stay_what_they_are(store: Store) -> None:
    store.execute("INSERT INTO facts VALUES (1, 'a')")
    with pytest.raises(sqlite3.IntegrityError):
        store.execute("INSERT INTO facts VALUES (1, 'b')")
    assert store.row("SELECT text FROM facts")["text"] == "a"  # type: ignore[index]

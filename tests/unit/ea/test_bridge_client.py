import asyncio
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent_core.ea.bridge import BridgeClient
from agent_core.protocol.errors import ErrorCode, ForexEliteError


@pytest.fixture
def client(tmp_path: Path) -> BridgeClient:
    client = BridgeClient(tmp_path / "dätä x")
    client.prepare()
    return client


def folder(tmp_path: Path) -> Path:
    return tmp_path / "dätä x" / "MQL5" / "Files" / "FEP"


async def answer(tmp_path: Path, write: Callable[[Path, dict[str, Any]], None], *, take: bool = True) -> dict[str, Any]:
    """Plays the bridge once: waits for a command, hands its ack's path to `write`."""
    place = folder(tmp_path)
    while not (found := list((place / "cmd").glob("*.json"))):
        await asyncio.sleep(0.005)
    command: dict[str, Any] = json.loads(found[0].read_bytes())
    write(place / "ack" / found[0].name, command)
    if take:
        found[0].unlink()
    return command


def good(path: Path, command: dict[str, Any], **more: Any) -> None:
    path.write_text(json.dumps({"v": 1, "id": command["id"], "ok": True, **more}), encoding="utf-8")


async def test_a_command_and_its_answer(client: BridgeClient, tmp_path: Path) -> None:
    bridge = asyncio.create_task(answer(tmp_path, lambda path, command: good(path, command, chart_id="7")))
    ack = await client.command("start_ea", instance="abc", symbol="EURUSD")
    command = await bridge
    assert ack.chart_id == "7"
    assert all(isinstance(value, str) for value in command.values())
    assert (command["kind"], command["instance"], command["v"]) == ("start_ea", "abc", "1")
    assert 0 < int(command["expires"]) - time.time() <= 6
    assert [list((folder(tmp_path) / name).iterdir()) for name in ("cmd", "ack")] == [[], []]


async def test_a_half_written_answer_is_read_again(client: BridgeClient, tmp_path: Path) -> None:
    def halved(path: Path, command: dict[str, Any]) -> None:
        path.write_text('{"v":1,"id":"', encoding="utf-8")
        asyncio.get_running_loop().call_later(0.1, good, path, command)

    bridge = asyncio.create_task(answer(tmp_path, halved))
    assert (await client.command("ping")).ok
    await bridge


async def test_a_refusal_is_said_in_the_bridges_words(client: BridgeClient, tmp_path: Path) -> None:
    bridge = asyncio.create_task(
        answer(tmp_path, lambda path, command: good(path, command, ok=False, error="No such symbol."))
    )
    with pytest.raises(ForexEliteError, match="No such symbol"):
        await client.command("start_ea")
    await bridge


async def test_nobody_takes_the_command(client: BridgeClient, tmp_path: Path) -> None:
    with pytest.raises(ForexEliteError) as refused:
        await client.command("ping", expiry=0, answer=0.1)
    assert refused.value.code is ErrorCode.BROKER_UNAVAILABLE
    assert list((folder(tmp_path) / "cmd").iterdir()) == []


async def test_an_answer_to_a_command_that_still_lies_there_is_kept(client: BridgeClient, tmp_path: Path) -> None:
    bridge = asyncio.create_task(answer(tmp_path, good, take=False))
    await client.command("ping")
    await bridge
    assert len(list((folder(tmp_path) / "ack").iterdir())) == 1


@pytest.mark.parametrize("text", ["", "{", '{"v":1}', "[]", "\0\0\0"])
def test_torn_files_are_no_news(client: BridgeClient, tmp_path: Path, text: str) -> None:
    (folder(tmp_path) / "status.json").write_text(text, encoding="utf-8")
    (folder(tmp_path) / "evt" / "hb_x.json").write_text(text, encoding="utf-8")
    assert client.status() is None
    assert client.heartbeat("x") is None


def test_old_answers_are_forgotten(client: BridgeClient, tmp_path: Path) -> None:
    old, young = folder(tmp_path) / "ack" / "1.json", folder(tmp_path) / "ack" / "2.json"
    for path in (old, young):
        path.write_text("{}", encoding="utf-8")
    os.utime(old, (0, 0))
    client.prepare()
    assert list(old.parent.iterdir()) == [young]


def test_templates_and_heartbeats(client: BridgeClient, tmp_path: Path) -> None:
    assert client.write_template("abc", b"x") == "abc.tpl"
    assert (folder(tmp_path) / "tpl" / "abc.tpl").read_bytes() == b"x"
    client.forget_heartbeat("abc")


async def test_a_folder_that_can_not_be_written_is_said(tmp_path: Path) -> None:
    place = folder(tmp_path)
    place.parent.mkdir(parents=True)
    place.write_bytes(b"a file where the folder should be")
    client = BridgeClient(tmp_path / "dätä x")
    for work in (client.command("ping"), asyncio.to_thread(client.write_template, "abc", b"x")):
        with pytest.raises(ForexEliteError, match="can't be written") as refused:
            await work
        assert refused.value.code is ErrorCode.BROKER_UNAVAILABLE


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[]", b'{"v": 1, "ts_utc": "soon"}', b"{" * 100_000])
def test_a_status_that_was_tampered_with_is_no_status(client: BridgeClient, tmp_path: Path, content: bytes) -> None:
    (folder(tmp_path) / "status.json").write_bytes(content)
    (folder(tmp_path) / "evt" / "hb_abc.json").write_bytes(content)
    assert client.seen()
    assert (client.status(), client.heartbeat("abc")) == (None, None)

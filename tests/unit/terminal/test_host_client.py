import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.terminal import client as client_module
from agent_core.terminal.client import HostClient, Priority, host_call
from agent_core.terminal.errors import OutcomeUnknown, terminal_error


@pytest.fixture
async def client(host_command: list[str]) -> AsyncIterator[HostClient]:
    client = HostClient(host_command)
    await client.initialize(path=sys.executable, portable=False, timeout_seconds=1)
    yield client
    await client.close()


def order(comment: str, **more: Any) -> dict[str, Any]:
    return {"comment": comment, "volume": 1, "magic": 2**62 + 1, **more}


async def occupy(client: HostClient, how: str = "slow") -> asyncio.Task[Any]:
    """Starts a call of 0.3 s and returns when the host has it."""
    busy = asyncio.create_task(client.call("symbol_info", how))
    await asyncio.sleep(0)
    while client._queue:
        await asyncio.sleep(0)
    return busy


async def test_closing_just_as_an_answer_arrives_ends_the_client(client: HostClient) -> None:
    asking = asyncio.create_task(client.call("account_info"))
    await asyncio.sleep(0)
    while client._queue:
        await asyncio.sleep(0)
    # The loop stands still until the answer is there, so that it and the cancellation arrive together.
    client._host._thread.submit(lambda: None).result()
    async with asyncio.timeout(10):
        await client.close()
    with pytest.raises(ForexEliteError, match="closed meanwhile"):
        await asking


async def test_closing_waits_for_the_answer_to_an_order_and_sends_no_other(
    client: HostClient, call_log: Callable[[], list[str]]
) -> None:
    sending = asyncio.create_task(client.call("order_send", order("slow"), priority=Priority.TRADE))
    waiting = asyncio.create_task(client.call("order_send", order("late"), priority=Priority.TRADE))
    await asyncio.sleep(0)
    while len(client._queue) > 1:
        await asyncio.sleep(0)
    await client.close()
    assert (await sending).value["data"] == 2**62 + 1
    with pytest.raises(ForexEliteError, match="was closed") as unsent:
        await waiting
    assert not isinstance(unsent.value, OutcomeUnknown)
    assert not any("late" in line for line in call_log())


async def test_records_arrive_as_they_are_and_prints_disturb_nothing(client: HostClient) -> None:
    answer = await client.call("account_info")
    assert answer.value == {"login": 7, "server": "Demo", "name": "Händler"}
    assert (await client.call("account_info", fields=["name"])).value == {"name": "Händler"}
    assert client.round_trip_ms is not None


async def test_an_order_carries_floats_and_63_bits(client: HostClient, call_log: Callable[[], list[str]]) -> None:
    answer = await client.call("order_send", order("x" * 40), priority=Priority.TRADE)
    assert answer.value["data"] == 2**62 + 1
    assert call_log()[-1] == f"order {'x' * 29} float"
    await client.call("order_send", order("😀" * 20), priority=Priority.TRADE)
    assert call_log()[-1] == f"order {'😀' * 14} float"  # 29 UTF-16 units are one too many for a fifteenth


async def test_what_the_module_raises_is_told(client: HostClient) -> None:
    assert "exception set" in ((await client.call("symbol_info", "raise")).raised or "")
    assert "not a call" in ((await client.call("eval", "1")).raised or "")


async def test_an_error_whose_text_the_module_can_not_read_is_a_failed_start(client: HostClient) -> None:
    answer = await client.call("initialize", path="Händler/terminal64.exe")
    assert (answer.value, answer.code, answer.raised) == (False, -10003, None)
    assert "could not be started" in terminal_error(answer.code, answer.text).detail


async def test_orders_go_first_then_reads_then_polls(client: HostClient, call_log: Callable[[], list[str]]) -> None:
    busy = await occupy(client)
    calls = [
        client.call("symbol_info", "poll", priority=Priority.POLL),
        client.call("symbol_info", "read"),
        client.call("order_send", order("first"), priority=Priority.TRADE),
        client.call("order_send", order("second"), priority=Priority.TRADE),
    ]
    await asyncio.gather(busy, *calls)
    assert call_log()[-5:] == ["slow", "order first float", "order second float", "read", "poll"]


async def test_like_polls_that_wait_are_made_once(client: HostClient, call_log: Callable[[], list[str]]) -> None:
    busy = await occupy(client)
    polls = [client.call("symbol_info", "EURUSD", priority=Priority.POLL, key="EURUSD") for _ in range(5)]
    answers = await asyncio.gather(busy, *polls)
    assert [answer.value["name"] for answer in answers[1:]] == ["EURUSD"] * 5
    assert call_log().count("EURUSD") == 1


async def test_the_queue_is_bounded_but_never_for_orders(
    client: HostClient, monkeypatch: pytest.MonkeyPatch, call_log: Callable[[], list[str]]
) -> None:
    monkeypatch.setattr(client_module, "MAX_QUEUED", 2)
    busy = await occupy(client)
    polls = [asyncio.create_task(client.call("symbol_info", f"p{n}", priority=Priority.POLL)) for n in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(ForexEliteError, match="too busy"):
        await client.call("symbol_info", "p3", priority=Priority.POLL)
    read = asyncio.create_task(client.call("symbol_info", "read"))
    sent = asyncio.create_task(client.call("order_send", order("go"), priority=Priority.TRADE))
    results = await asyncio.gather(busy, *polls, read, sent, return_exceptions=True)
    assert isinstance(results[1], ForexEliteError)
    assert call_log()[-4:] == ["slow", "order go float", "read", "p1"]


async def test_several_reads_in_one_exchange_have_a_time_limit_each(
    client: HostClient, monkeypatch: pytest.MonkeyPatch, call_log: Callable[[], list[str]]
) -> None:
    monkeypatch.setattr(client_module, "DATA_SECONDS", 0.8)
    names = ["slow", "EURUSD", "slow", "raise", "slow"]  # 0.9 s together
    answers = await client.read([host_call("symbol_info", name, fields=["name"]) for name in names])
    assert [answer.value and answer.value["name"] for answer in answers] == ["slow", "EURUSD", "slow", None, "slow"]
    assert "exception set" in (answers[3].raised or "")
    with pytest.raises(ForexEliteError, match="did not answer in time"):
        await client.read([host_call("symbol_info", name) for name in ("first", "hang", "never")])
    assert call_log()[-1] == "first"
    assert (await client.call("symbol_info", "after")).value["name"] == "after"


async def test_an_overrun_of_an_order_is_unknown_and_the_link_is_opened_again(
    client: HostClient, call_log: Callable[[], list[str]]
) -> None:
    pid = client.pid
    with pytest.raises(OutcomeUnknown, match="did not answer in time"):
        await client.call("order_send", order("hang"), priority=Priority.TRADE, limit=0.3)
    assert (await client.call("symbol_info", "after")).value["name"] == "after"
    assert client.pid not in (None, pid)
    assert not psutil.pid_exists(pid or 0)
    assert [line.split()[0] for line in call_log()] == ["initialize", "order", "initialize", "after"]
    assert client.restarts == 1


async def test_a_read_that_hangs_gives_way_to_an_order(
    client: HostClient, monkeypatch: pytest.MonkeyPatch, call_log: Callable[[], list[str]]
) -> None:
    short = await occupy(client)
    await client.call("order_send", order("patient"), priority=Priority.TRADE)
    assert (await short).value["name"] == "slow"
    monkeypatch.setattr(client_module, "GIVE_WAY_SECONDS", 0.2)
    hanging = await occupy(client, "hang")
    started = time.monotonic()
    answer = await client.call("order_send", order("urgent"), priority=Priority.TRADE)
    assert answer.value["name"] == "sent"
    assert time.monotonic() - started < 15
    with pytest.raises(ForexEliteError, match="broke during the call"):
        await hanging
    assert sum("urgent" in line for line in call_log()) == 1


async def test_an_overrun_of_a_read_is_a_clear_error(client: HostClient) -> None:
    with pytest.raises(ForexEliteError) as raised:
        await client.call("symbol_info", "hang", limit=0.3)
    assert raised.value.code is ErrorCode.BROKER_UNAVAILABLE
    assert not isinstance(raised.value, OutcomeUnknown)


async def test_a_host_that_dies_is_started_again(client: HostClient) -> None:
    with pytest.raises(ForexEliteError, match="broke during the call"):
        await client.call("symbol_info", "die")
    assert (await client.call("account_info")).value["name"] == "Händler"


async def test_a_terminal_closed_meanwhile_is_not_started_again(
    host_command: list[str], call_log: Callable[[], list[str]]
) -> None:
    runs = [True]
    client = HostClient(host_command, lambda: runs[0])
    await client.initialize(path=sys.executable, portable=False, timeout_seconds=1)
    runs[0] = False
    with pytest.raises(OutcomeUnknown):
        await client.call("order_send", order("hang"), priority=Priority.TRADE, limit=0.3)
    with pytest.raises(ForexEliteError, match="is not running") as refused:
        await client.call("order_send", order("second"), priority=Priority.TRADE)
    assert not isinstance(refused.value, OutcomeUnknown)
    runs[0] = True
    assert (await client.call("symbol_info", "after")).value["name"] == "after"
    assert [line.split()[0] for line in call_log()] == ["initialize", "order", "initialize", "after"]
    await client.close()


async def test_another_terminal_that_answers_after_a_restart_gets_nothing(
    host_command: list[str], call_log: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    client = HostClient(host_command)
    monkeypatch.setenv("DATA_PATH", str(tmp_path))
    await client.initialize(path=sys.executable, portable=False, timeout_seconds=1, ours=str(tmp_path).__eq__)
    monkeypatch.setenv("DATA_PATH", str(tmp_path / "another"))
    with pytest.raises(ForexEliteError):
        await client.call("symbol_info", "die")
    for _ in range(2):
        with pytest.raises(ForexEliteError, match="Another copy of MetaTrader 5 answered"):
            await client.call("order_send", order("astray"), priority=Priority.TRADE)
    assert client.pid is None
    assert not any("astray" in line for line in call_log())
    await client.close()


@pytest.mark.parametrize(("present", "sent"), [("7 Demo", True), ("8 Demo", False), ("7 Live", False)])
async def test_an_order_goes_to_the_account_it_is_meant_for_or_nowhere(
    host_command: list[str],
    call_log: Callable[[], list[str]],
    monkeypatch: pytest.MonkeyPatch,
    present: str,
    sent: bool,
) -> None:
    monkeypatch.setenv("ACCOUNT", present)
    client = HostClient(host_command)
    await client.initialize(path=sys.executable, portable=False, timeout_seconds=1)
    answer = await client.call("order_send", order("go"), priority=Priority.TRADE, account=(7, "Demo"))
    assert answer.withheld is not sent
    assert any("order go" in line for line in call_log()) is sent
    await client.close()


async def test_without_a_session_an_order_is_certainly_not_sent(host_command: list[str]) -> None:
    client = HostClient(host_command)
    answer = await client.call("order_send", order("go"), priority=Priority.TRADE, account=(7, "Demo"))
    assert (answer.withheld, answer.value, answer.code) == (True, None, -10004)
    await client.close()


async def test_an_order_cancelled_while_it_waits_is_not_sent(
    client: HostClient, call_log: Callable[[], list[str]]
) -> None:
    busy = await occupy(client)
    waiting = asyncio.create_task(client.call("order_send", order("never"), priority=Priority.TRADE))
    await asyncio.sleep(0)
    waiting.cancel()
    await busy
    await client.call("symbol_info", "after")
    assert not any("never" in line for line in call_log())


async def test_an_order_that_waited_too_long_is_given_back(
    client: HostClient, monkeypatch: pytest.MonkeyPatch, call_log: Callable[[], list[str]]
) -> None:
    monkeypatch.setattr(client_module, "TRADE_QUEUE_SECONDS", 0.1)
    busy = await occupy(client)
    with pytest.raises(ForexEliteError, match="was not sent"):
        await client.call("order_send", order("late"), priority=Priority.TRADE)
    await busy
    assert not any("late" in line for line in call_log())


async def test_closing_gives_back_what_waits(host_command: list[str]) -> None:
    client = HostClient(host_command)
    hanging = asyncio.create_task(client.call("order_send", order("hang"), priority=Priority.TRADE))
    await asyncio.sleep(0)
    waiting = asyncio.create_task(client.call("symbol_info", "x"))
    deadline = time.monotonic() + 10
    while client.pid is None and time.monotonic() < deadline:
        await asyncio.sleep(0.01)
    await client.close()
    results = await asyncio.gather(hanging, waiting, return_exceptions=True)
    assert isinstance(results[0], OutcomeUnknown)
    assert isinstance(results[1], ForexEliteError)
    with pytest.raises(ForexEliteError, match="is closed"):
        await client.call("account_info")


async def test_the_host_takes_its_leave_when_its_input_ends(
    client: HostClient, call_log: Callable[[], list[str]]
) -> None:
    await client.close()
    assert call_log()[-1] == "shutdown"


@pytest.mark.logs_errors
async def test_a_module_that_is_not_there() -> None:
    client = HostClient([sys.executable, "-m", "agent_core.terminal.host", "--module", "no_such_mt5"])
    with pytest.raises(ForexEliteError, match="package is not installed"):
        await client.call("account_info")
    await client.close()


async def test_a_host_that_cannot_be_started() -> None:
    client = HostClient(["/no/such/program"])
    with pytest.raises(ForexEliteError, match="could not be started"):
        await client.call("account_info")
    await client.close()

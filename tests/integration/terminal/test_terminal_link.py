import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psutil
import pytest

from agent_core.programs import command_for
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.simulator.build import BUILD
from agent_core.terminal.discovery import is_running
from agent_core.terminal.events import AccountChanged, DealsAdded, PositionsChanged, TerminalLinkChanged, TickReceived
from agent_core.terminal.models import Side


async def test_connect_read_and_remember(desk: Any) -> None:
    assert not await desk.terminal.reconnect_last()
    await desk.connect()
    assert desk.terminal.connected
    assert [event.state for event in desk.of(TerminalLinkChanged)][:2] == ["connecting", "connected"]
    assert desk.terminal.account.balance == desk.truth()["account"]["balance"]
    assert all(permission.allowed for permission in await desk.terminal.permissions("EUR/USD"))
    spec = await desk.terminal.symbol("EUR_USD")
    assert (spec.name, spec.selected, spec.digits) == ("EURUSD", True, 5)
    tick = await desk.terminal.tick("EURUSD")
    assert abs(tick.time_msc / 1000 - time.time()) < 60
    bars = await desk.terminal.bars("EURUSD", "M5", 200)
    assert len(bars) == 200
    assert abs(int(bars["time"][-1]) - time.time()) <= 600
    older = await desk.terminal.bars("EURUSD", "M5", 50, datetime.fromtimestamp(int(bars["time"][100]), UTC))
    assert list(older["time"]) == list(bars["time"][50:100])
    margin = await desk.terminal.margin(Side.BUY, "EURUSD", 0.1, tick.ask)
    assert 50 < margin < 500
    assert await desk.terminal.profit(Side.BUY, "EURUSD", 1, 1.1, 1.101) == pytest.approx(100)
    assert (await desk.terminal.deals(datetime.now(UTC) - timedelta(days=900)))[0].side is None
    with pytest.raises(ForexEliteError) as raised:
        await desk.terminal.symbol("NOSUCH")
    assert raised.value.code is ErrorCode.UNKNOWN_INSTRUMENT
    await desk.stop()
    desk.start()
    assert await desk.terminal.reconnect_last()
    assert desk.terminal.install.data_folder == desk.layout.data
    login = desk.terminal.account.login
    desk.control(quit=True)
    await desk.until(lambda: not is_running(desk.layout.executable))
    (found,) = await desk.terminal.discover()
    assert (found.running, found.login, found.server, found.build) == (False, login, "ForexElite-Demo", BUILD)


async def test_a_terminal_that_answers_from_another_folder_is_refused(desk: Any, tmp_path: Path) -> None:
    (found,) = await desk.terminal.discover()
    with pytest.raises(ForexEliteError, match="Another copy of MetaTrader 5 answered"):
        await desk.terminal.connect(replace(found, data_folder=tmp_path))
    assert desk.terminal.link.state == "disconnected"
    with pytest.raises(ForexEliteError, match="No MetaTrader 5 terminal is connected"):
        await desk.terminal.positions()


async def test_a_terminal_that_is_gone_says_so(desk: Any, tmp_path: Path) -> None:
    (found,) = await desk.terminal.discover()
    missing = replace(found, executable=tmp_path / "away" / "terminal64.exe")
    with pytest.raises(ForexEliteError) as raised:
        await desk.terminal.connect(missing)
    assert raised.value.code is ErrorCode.BROKER_UNAVAILABLE
    assert "then connect again" in raised.value.detail


async def test_the_feed_publishes_what_moves_and_only_that(desk: Any) -> None:
    await desk.connect()
    desk.feed.watch(["EURUSD", "GBPUSD", "USDJPY", "NOSUCH"])
    desk.feed.focus("EURUSD")
    await desk.feed.start()
    await desk.until(lambda: {event.tick.symbol for event in desk.of(TickReceived)} >= {"EURUSD", "GBPUSD", "USDJPY"})
    await desk.until(lambda: sum(event.tick.symbol == "EURUSD" for event in desk.of(TickReceived)) > 4)
    ticks = [event.tick for event in desk.of(TickReceived) if event.tick.symbol == "EURUSD"]
    assert all(later != earlier for earlier, later in pairwise(ticks))
    assert all(later.time_msc >= earlier.time_msc for earlier, later in pairwise(ticks))
    assert desk.feed.last("EURUSD") == ticks[-1] or len(desk.of(TickReceived)) > len(ticks)
    assert desk.feed.last("NOSUCH") is None
    assert len(desk.of(PositionsChanged)) == 0
    assert len(desk.of(AccountChanged)) == 1


async def test_deals_made_while_the_agent_was_away_are_noticed(desk: Any) -> None:
    await desk.connect()
    await desk.feed.poll_account()
    assert desk.of(DealsAdded) == []
    await desk.stop()
    desk.start()
    await desk.connect()
    tick = await desk.terminal.tick("EURUSD")
    request = {
        "action": 1, "symbol": "EURUSD", "volume": 0.1, "price": tick.ask, "type": 0, "type_filling": 0,
    }  # fmt: skip
    assert (await desk.terminal.order_check(request)).retcode == 0
    assert (await desk.terminal.order_send(request)).retcode == 10009
    await desk.feed.poll_account()
    (added,) = desk.of(DealsAdded)
    assert [deal.side for deal in added.deals] == [Side.BUY]
    await desk.feed.poll_account()
    assert len(desk.of(DealsAdded)) == 1
    assert desk.of(PositionsChanged)[-1].positions == desk.feed.positions


async def test_switches_that_are_off_are_shown(desk: Any) -> None:
    await desk.connect()
    desk.control(auto_trading=False)
    await desk.terminal.refresh_link()
    assert desk.terminal.link.state == "connected"
    assert "Algo Trading button" in desk.terminal.link.detail
    off = [permission.name for permission in await desk.terminal.permissions() if not permission.allowed]
    assert off == ["Algo Trading button"]
    desk.control(auto_trading=True, trade_modes={"EURUSD": 3})
    off = [permission.name for permission in await desk.terminal.permissions("EURUSD") if not permission.allowed]
    assert off == ["Trading EURUSD"]


async def test_a_terminal_that_is_killed_and_started_again(desk: Any) -> None:
    await desk.connect()
    desk.feed.focus("EURUSD")
    await desk.feed.start()
    await desk.until(lambda: desk.of(TickReceived))
    psutil.Process(desk.truth()["pid"]).kill()
    await desk.until(lambda: desk.terminal.link.state == "lost")
    await desk.until(lambda: "not running" in desk.terminal.link.detail)
    assert desk.terminal.link.detail.endswith(".")
    # It is not started behind the trader's back; when the trader starts it, the link comes back by itself.
    command = [*command_for("simulator"), str(desk.layout.executable)]
    started = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)
    await desk.until(lambda: desk.terminal.connected)
    seen = len(desk.of(TickReceived))
    await desk.until(lambda: len(desk.of(TickReceived)) > seen)
    desk.control(quit=True)
    await started.wait()


async def test_a_host_that_is_killed_is_replaced(desk: Any) -> None:
    await desk.connect()
    pid = desk.terminal.host_pid
    psutil.Process(pid).kill()
    psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=5)
    account = await desk.terminal.refresh_account()
    assert account == desk.terminal.account
    assert desk.terminal.host_pid not in (None, pid)


async def test_an_order_never_reaches_an_account_that_was_changed_a_moment_ago(desk: Any) -> None:
    await desk.connect()
    desk.control(login=desk.terminal.account.login + 1)
    request = {"action": 1, "symbol": "EURUSD", "volume": 0.1, "type": 0}
    with pytest.raises(ForexEliteError, match="another account while this order was under way") as refused:
        await desk.terminal.order_send(request)
    assert refused.value.code is ErrorCode.NOT_ARMED
    assert (desk.truth()["positions"], desk.truth()["deals"]) == ([], 1)
    await desk.terminal.refresh_account()
    assert (await desk.terminal.order_send(request)).retcode == 10009


async def test_what_an_order_is_judged_by_is_read_in_one_exchange(desk: Any) -> None:
    await desk.connect()
    hidden = next(spec.name for spec in await desk.terminal.symbols() if not spec.selected)
    found = await desk.terminal.snapshot(hidden)  # shown first, and its first quote waited for
    assert (found.spec.name, found.spec.selected, found.tick.quoted) == (hidden, True, True)
    await desk.terminal.order_send({"action": 1, "symbol": "EURUSD", "volume": 0.1, "type": 0})
    found = await desk.terminal.snapshot("EUR/USD")
    assert [position.symbol for position in found.positions] == ["EURUSD"]
    assert (found.orders, desk.terminal.known_symbol("EURUSD")) == ([], found.spec)
    login = desk.terminal.account.login + 1
    desk.control(login=login)
    found = await desk.terminal.snapshot("EURUSD")
    assert (found.account.login, found.account) == (login, desk.terminal.account)


async def test_a_name_means_another_symbol_as_soon_as_the_trader_says_so(desk: Any) -> None:
    await desk.connect()
    assert (await desk.terminal.symbol("EUR/USD")).name == desk.terminal.resolved("EUR/USD").name == "EURUSD"
    for chosen, meant in (({"EURUSD": "GBPUSD"}, "GBPUSD"), ({}, "EURUSD")):
        await desk.terminal.choose_symbols(chosen)
        assert desk.terminal.resolved("EUR/USD").name == meant
        assert (await desk.terminal.snapshot("EUR/USD")).spec.name == meant
    await desk.terminal.choose_symbols({"EURUSD": "GBPUSD"})
    desk.control(login=desk.terminal.account.login + 1)  # at the same broker, so its names stay
    assert (await desk.terminal.snapshot("EUR/USD")).spec.name == "GBPUSD"
    assert desk.terminal.resolved("EUR/USD").name == "GBPUSD"


async def test_the_servers_clock_is_followed_over_its_change(desk: Any) -> None:
    await desk.connect()
    desk.feed.focus("EURUSD")
    await desk.feed.start()
    await desk.until(lambda: len(desk.of(TickReceived)) > 3)
    offset = desk.terminal.clock.offset
    desk.control(clock_ahead=3600)
    await desk.until(lambda: desk.terminal.clock.offset == offset + 3600)
    seen = len(desk.of(TickReceived))
    await desk.until(lambda: len(desk.of(TickReceived)) > seen + 2)
    assert abs(desk.of(TickReceived)[-1].tick.time_msc / 1000 - time.time()) < 60
    assert desk.terminal.memory.offset(desk.terminal.account.server) == offset + 3600


async def test_the_clock_is_followed_when_many_symbols_are_quoted_at_once(desk: Any) -> None:
    await desk.connect()
    names = [spec.name for spec in await desk.terminal.symbols() if spec.selected]
    desk.feed.watch(names)
    await desk.feed.start()
    clock, offset = desk.terminal.clock, desk.terminal.clock.offset
    offsets: set[int] = set()
    note = desk.bus.subscribe(TickReceived, lambda _event: offsets.add(clock.offset))

    async def all_are_quoted_anew() -> None:
        before = {name: desk.feed.last(name) for name in names}
        await desk.until(lambda: all(desk.feed.last(name) not in (None, before[name]) for name in names))
        assert all(abs(desk.feed.last(name).time_msc / 1000 - time.time()) < 60 for name in names)

    await all_are_quoted_anew()
    desk.control(clock_ahead=3600)
    await desk.until(lambda: clock.offset == offset + 3600)
    await all_are_quoted_anew()
    desk.control(login=desk.terminal.account.login + 1, live=True)
    await desk.until(lambda: "Live" in desk.terminal.account.server)
    await desk.until(lambda: clock.offset == offset + 3600)
    await all_are_quoted_anew()
    assert offsets <= {0, offset, offset + 3600}
    assert note is not None


async def test_a_live_update_is_waited_for_and_survived(desk: Any) -> None:
    await desk.connect()
    await desk.feed.start()
    build = desk.terminal.link.info.build
    desk.control(live_update=0.5)
    desk.control(quit=True)
    await desk.until(lambda: desk.terminal.link.state == "lost")
    await desk.until(lambda: desk.terminal.connected)
    assert desk.terminal.link.info.build == build + 1


async def test_a_terminal_that_stops_answering_within_the_package_is_told_and_comes_back(desk: Any) -> None:
    await desk.connect()
    desk.control(fault={"call": "positions_get", "kind": "fail", "times": 2})
    with pytest.raises(ForexEliteError, match="not ready"):
        await desk.terminal.positions()
    assert desk.terminal.link.state == "lost"
    assert await desk.terminal.restore()
    with pytest.raises(ForexEliteError, match="not ready"):
        await desk.terminal.positions()
    assert await desk.terminal.restore()
    assert await desk.terminal.positions() == []


async def test_bars_of_both_sides_of_a_clock_change_are_right(desk: Any) -> None:
    started = time.perf_counter()
    await desk.connect()
    assert time.perf_counter() - started < 20
    assert len(desk.terminal.clock.weeks.opens) > 40
    bars = await desk.terminal.bars("EURUSD", "H1", 8000)
    starts = bars["time"]
    opens = [int(late) for early, late in pairwise(starts) if late - early > 36 * 3600]
    assert len(opens) > 40
    new_york = ZoneInfo("America/New_York")
    assert {datetime.fromtimestamp(found, new_york).strftime("%a %H:%M") for found in opens} == {"Sun 17:00"}
    assert desk.terminal.memory.weeks(desk.terminal.account.server) == desk.terminal.clock.weeks


async def test_a_symbol_chosen_by_the_user_is_traded_and_remembered(desk: Any) -> None:
    await desk.connect()
    desk.feed.focus("EURUSD")
    await desk.feed.start()
    await desk.until(lambda: desk.feed.last("EURUSD"))
    with pytest.raises(ForexEliteError, match="no symbol NOSUCH"):
        await desk.terminal.choose_symbols({"EURUSD": "NOSUCH"})
    await desk.terminal.choose_symbols({"EURUSD": "GBPUSD"})
    assert (await desk.terminal.symbol("EUR_USD")).name == "GBPUSD"
    await desk.until(lambda: (tick := desk.feed.last("EURUSD")) and tick.symbol == "GBPUSD")
    await desk.stop()
    desk.start()
    await desk.connect()
    assert desk.terminal.chosen_symbols == {"EURUSD": "GBPUSD"}
    await desk.terminal.choose_symbols({})
    assert (await desk.terminal.symbol("EURUSD")).name == "EURUSD"

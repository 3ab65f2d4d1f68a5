"""Long paths, a wrong clock, several terminals at once."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent_core.events import EventBus
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.settings import AgentSettings
from agent_core.simulator.install import install
from agent_core.simulator.ipc import call_terminal
from agent_core.simulator.layout import Layout
from agent_core.simulator.options import SimulatorOptions
from agent_core.store import Store
from agent_core.terminal.models import TerminalInstall
from agent_core.terminal.service import TerminalService

ORDER = {"action": 1, "symbol": "EURUSD", "volume": 0.1, "type": 0}


def service(folder: Path, layout: Layout) -> tuple[TerminalService, Store]:
    settings = AgentSettings(
        data_folder=folder,
        roaming_folder=layout.common.parent.parent.parent,
        whole_computer=False,
        mt5_module="agent_core.simulator.mt5",
    )
    store = Store(folder / "agent.db")
    return TerminalService(settings, store, EventBus()), store


async def test_several_terminals_at_once_each_with_its_own_host(tmp_path: Path) -> None:
    layouts = [install(tmp_path / name, SimulatorOptions(seed=seed, idle_exit=5)) for seed, name in enumerate("äb", 1)]
    made = [service(tmp_path / f"data {number}", layout) for number, layout in enumerate(layouts)]
    terminals = [terminal for terminal, _ in made]
    for terminal in terminals:
        (found,) = await terminal.discover()
        await terminal.connect(found)
    assert len({terminal.host_pid for terminal in terminals}) == 2
    assert len({terminal.account.login for terminal in terminals if terminal.account}) == 2
    results = await asyncio.gather(*(terminal.order_send(ORDER) for terminal in terminals))
    assert [result.retcode for result in results] == [10009, 10009]
    assert [len(await terminal.positions()) for terminal in terminals] == [1, 1]
    call_terminal(layouts[0], "control", {"fault": {"call": "positions_get", "kind": "kill"}})
    with pytest.raises(ForexEliteError):
        await terminals[0].positions()
    assert len(await terminals[1].positions()) == 1
    for terminal, store in made:
        await terminal.disconnect()
        store.close()
    call_terminal(layouts[1], "control", {"quit": True})


async def test_a_path_of_250_characters_with_spaces_and_umlauts(tmp_path: Path) -> None:
    tail = len("/Program Files/MetaTrader 5/terminal64.exe")
    folder = tmp_path / "Jörg Müller"
    while len(str(folder)) + tail < 249:
        folder /= "ü" * min(20, 249 - len(str(folder)) - tail)
    layout = install(folder, SimulatorOptions(idle_exit=5))
    assert len(str(layout.executable)) in (249, 250)
    terminal, store = service(tmp_path / "data", layout)
    (found,) = await terminal.discover()
    await terminal.connect(found)
    assert (await terminal.order_send(ORDER)).retcode == 10009
    call_terminal(layout, "control", {"quit": True})
    await terminal.disconnect()

    deep = tmp_path / ("x" * 100) / ("y" * 100) / ("z" * 60) / "terminal64.exe"
    deep.parent.mkdir(parents=True)
    deep.write_bytes(b"MZ")
    with pytest.raises(ForexEliteError, match="is too long for it"):
        await terminal.connect(TerminalInstall(deep, deep.parent, portable=True, running=False, name="deep"))
    store.close()


async def test_with_a_wrong_date_nothing_is_opened_and_nothing_judged(desk: Any) -> None:
    await desk.connect()
    assert (await desk.terminal.order_send(ORDER)).retcode == 10009
    (position,) = await desk.terminal.positions()
    desk.feed.focus("EURUSD")
    await desk.feed.start()
    desk.control(clock_ahead=3 * 86_400)  # as if this computer's clock had been set back by three days
    await desk.until(lambda: "about 3 days behind the broker" in desk.terminal.link.detail)
    assert desk.terminal.link.permissions[0].name == "Clock of this computer"
    with pytest.raises(ForexEliteError, match="Set its date and time right") as refused:
        await desk.terminal.order_send(ORDER)
    assert refused.value.code is ErrorCode.ORDER_REFUSED
    with pytest.raises(ForexEliteError, match="Set its date and time right"):
        await desk.terminal.deals(datetime.now(UTC) - timedelta(days=1))
    closing = {**ORDER, "type": 1, "position": position.ticket}
    assert (await desk.terminal.order_send(closing)).retcode == 10009


async def test_an_order_does_not_wait_for_a_history_that_never_comes(desk: Any) -> None:
    await desk.connect()
    host = desk.terminal.host_pid
    desk.control(fault={"call": "copy_rates_from_pos", "kind": "hang"})
    history = asyncio.create_task(desk.terminal.bars_of("EURUSD", "H1", 5000))
    await desk.until(lambda: desk.terminal._client._reading_since is not None)
    started = asyncio.get_running_loop().time()
    assert (await desk.terminal.order_send(ORDER)).retcode == 10009
    assert asyncio.get_running_loop().time() - started < 15
    with pytest.raises(ForexEliteError, match="broke during the call"):
        await history
    assert desk.terminal.host_pid != host
    assert len(desk.truth()["positions"]) == 1

"""What survives, and what goes wrong on demand."""

import os
import signal
import subprocess
import sys
import threading
from typing import Any

import pytest

from agent_core.exclusive import try_lock
from agent_core.programs import command_for
from agent_core.simulator import mt5
from agent_core.simulator.ipc import Connection, IpcError

BUY: dict[str, Any] = {"action": 1, "symbol": "EURUSD", "volume": 0.1, "type": 0, "magic": 99}


def kill(terminal: Any) -> None:
    """Kill -9 of the terminal process."""
    os.kill(terminal.state()["pid"], signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)
    terminal.wait_gone()


def test_nothing_is_lost_and_nothing_twice_after_a_kill(terminal: Any) -> None:
    terminal.start()
    opened = mt5.order_send(BUY)
    price = round(mt5.symbol_info_tick("EURUSD").bid - 0.05, 5)
    placed = mt5.order_send({**BUY, "action": 5, "type": 2, "price": price})
    deals = mt5.history_deals_get(0, 2**31 - 1)
    balance = mt5.account_info().balance
    bars = mt5.copy_rates_from_pos("EURUSD", mt5.TIMEFRAME_H1, 1, 100)
    kill(terminal)
    assert mt5.positions_get() is None
    assert mt5.last_error()[0] == mt5.RES_E_INTERNAL_FAIL_RECEIVE
    assert mt5.positions_get() is None
    assert mt5.last_error() == (-10004, "No IPC connection")
    terminal.start()
    assert [(p.ticket, p.magic, p.volume) for p in mt5.positions_get()] == [(opened.order, 99, 0.1)]
    assert [(o.ticket, o.price_open) for o in mt5.orders_get()] == [(placed.order, price)]
    assert mt5.history_deals_get(0, 2**31 - 1) == deals
    assert mt5.account_info().balance == balance
    assert (mt5.copy_rates_range("EURUSD", mt5.TIMEFRAME_H1, int(bars["time"][0]), int(bars["time"][-1])) == bars).all()


def test_a_terminal_that_is_just_closing_is_waited_for(terminal: Any) -> None:
    closing = try_lock(terminal.layout.lock_file)  # it holds its folder and answers nobody any more
    assert closing is not None
    following = subprocess.Popen([*command_for("simulator"), terminal.path])
    with pytest.raises(subprocess.TimeoutExpired):
        following.wait(1.5)
    closing.close()
    terminal.wait(terminal.layout.ipc_file.exists)
    terminal.start()
    assert terminal.state()["pid"] == following.pid
    terminal.stop()
    assert following.wait(15) == 0


def test_shutdown_leaves_the_terminal_running_and_a_second_start_hands_over(terminal: Any) -> None:
    terminal.start()
    pid = terminal.state()["pid"]
    mt5.shutdown()
    assert subprocess.run([*command_for("simulator"), terminal.path], check=False, timeout=30).returncode == 0
    terminal.start()
    assert terminal.state()["pid"] == pid


def test_a_return_code_on_demand(terminal: Any) -> None:
    terminal.start()
    terminal.control(fault={"kind": "retcode", "retcode": 10004, "times": 2})
    assert [mt5.order_send(BUY).retcode for _ in range(3)] == [10004, 10004, 10009]
    terminal.control(fault={"kind": "retcode", "retcode": 10012, "executed": True})
    assert mt5.order_send(BUY).retcode == 10012
    assert mt5.positions_total() == 2


def test_a_lost_answer_leaves_an_executed_order(terminal: Any) -> None:
    terminal.start()
    terminal.control(fault={"kind": "lose_answer", "executed": True})
    assert mt5.order_send(BUY) is None
    assert mt5.last_error()[0] == mt5.RES_E_INTERNAL_FAIL_RECEIVE
    terminal.start()
    assert mt5.positions_total() == 1


@pytest.mark.parametrize("executed", [False, True])
def test_a_kill_in_the_middle_of_a_call(terminal: Any, executed: bool) -> None:
    terminal.start()
    terminal.control(fault={"kind": "kill", "executed": executed})
    assert mt5.order_send(BUY) is None
    terminal.wait_gone()
    terminal.start()
    assert mt5.positions_total() == int(executed)


def test_a_call_that_hangs(terminal: Any) -> None:
    terminal.start()
    terminal.control(fault={"call": "positions_get", "kind": "hang"})
    connection = Connection(terminal.layout)
    ended: list[IpcError] = []

    def call() -> None:
        try:
            connection.call("positions_get", None, "")
        except IpcError as error:
            ended.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    thread.join(0.5)
    assert thread.is_alive()
    assert mt5.positions_total() == 0
    terminal.stop()
    thread.join(5)
    connection.close()
    assert len(ended) == 1


def test_a_call_that_fails_within_the_package(terminal: Any) -> None:
    terminal.start()
    terminal.control(fault={"call": "symbol_info_tick", "kind": "fail"})
    terminal.control(fault={"call": "symbol_info_tick", "kind": "fail", "code": -1})
    answers = [(mt5.symbol_info_tick("EURUSD"), mt5.last_error()) for _ in range(3)]
    assert answers[:2] == [(None, (-10005, "IPC timeout")), (None, (-1, "Terminal: Call failed"))]
    assert answers[2][0] is not None


def test_a_live_update_exchanges_the_program_and_starts_it_again(terminal: Any) -> None:
    terminal.start()
    opened = mt5.order_send(BUY)
    build, pid = mt5.terminal_info().build, terminal.state()["pid"]
    terminal.control(live_update=0.3)
    terminal.stop()
    # It comes back by itself; meanwhile the package waits for it, as for any start.
    terminal.start()
    assert terminal.state()["pid"] != pid
    assert mt5.version()[1] == mt5.terminal_info().build == build + 1
    assert [position.ticket for position in mt5.positions_get()] == [opened.order]
    terminal.control(live_update=0.3)
    terminal.control(quit=True)
    terminal.wait_gone()
    terminal.wait(lambda: not terminal.gone())
    terminal.start()
    assert mt5.terminal_info().build == build + 2


def test_the_servers_clock_can_be_moved(terminal: Any) -> None:
    terminal.start()
    before = mt5.symbol_info_tick("EURUSD").time_msc
    terminal.control(clock_ahead=3600)
    assert mt5.symbol_info_tick("EURUSD").time_msc >= before + 3_590_000
    (last,) = mt5.copy_rates_from_pos("EURUSD", mt5.TIMEFRAME_M1, 0, 1)["time"]
    assert 0 <= mt5.symbol_info_tick("EURUSD").time - last < 120


def test_switches_survive_a_restart(terminal: Any) -> None:
    terminal.start()
    terminal.control(auto_trading=False, api_disabled=True, market_open=False)
    terminal.stop()
    assert "Enabled=0" in (terminal.layout.data / "config" / "common.ini").read_text(encoding="utf-16")
    terminal.start()
    info = mt5.terminal_info()
    assert (info.trade_allowed, info.tradeapi_disabled, terminal.state()["market_open"]) == (False, True, False)


def test_an_unknown_command_is_refused(terminal: Any) -> None:
    terminal.start()
    done = subprocess.run(
        [*command_for("simulator"), "control", "--root", str(terminal.root), '{"fly": true}'],
        check=False, capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    assert done.returncode == 1
    assert "fly" in done.stderr

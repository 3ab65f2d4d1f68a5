"""The bridge is put into a closed terminal, works there, and is taken out again without a trace."""

import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from agent_core.ea.backup import FileBackup
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.simulator.ipc import IpcError, call_terminal
from agent_core.simulator.layout import layout_of_root
from agent_core.terminal.text_files import read_text, utf16, with_ini_value


def contents(folder: Path) -> dict[str, bytes]:
    """What the product may touch, without logs and what a running terminal writes."""
    charts = folder / "MQL5" / "Profiles" / "Charts"
    paths = [*charts.rglob("*.*"), folder / "config" / "common.ini", *(folder / "MQL5" / "Experts").rglob("*.ex5")]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths if path.is_file()}


def answers(root: Path) -> bool:
    """Whether the terminal is up."""
    try:
        call_terminal(layout_of_root(root), "state")
    except (IpcError, OSError):
        return False
    return True


async def test_install_run_and_undo(bare_world: Any) -> None:
    world = bare_world
    before = contents(world.data_folder)
    world.terminal.install = await world.install()
    assert world.ea.bridge.state == "missing"
    await world.ea.install_bridge()
    charts = list((world.data_folder / "MQL5" / "Profiles" / "Charts" / "Default").glob("*.chr"))
    assert sum("name=FEPBridge" in read_text(path) for path in charts) == 1
    installed = contents(world.data_folder)
    await world.ea.install_bridge()
    assert contents(world.data_folder).keys() == installed.keys()

    await world.connect()
    assert world.ea.bridge.status.mql_trade_allowed
    with pytest.raises(ForexEliteError, match="Close MetaTrader") as refused:
        await world.ea.remove_bridge()
    assert refused.value.code is ErrorCode.CONFLICT

    await world.terminal.disconnect()
    pid = world.truth()["pid"]
    assert await world.ea.remove_bridge(close_terminal=True)
    await world.until(lambda: not psutil.pid_exists(pid))
    assert not await world.ea.remove_bridge()
    await world.until(lambda: world.ea.bridge.state == "missing")
    settings = world.data_folder / "config" / "common.ini"  # written by the terminal itself
    assert contents(world.data_folder).keys() == before.keys() | {str(settings.relative_to(world.data_folder))}
    assert "AllowLiveTrading=1" not in read_text(settings)


async def test_a_terminal_is_closed_politely_and_a_trader_s_own_charts_outlive_the_undo(bare_world: Any) -> None:
    world = bare_world
    install = await world.install()
    await world.terminal.connect(install)
    pid = world.truth()["pid"]
    await world.ea.attach(install)
    await world.ea.install_bridge(close_terminal=True)
    await world.until(lambda: not psutil.pid_exists(pid))
    await world.terminal.disconnect()
    charts = world.data_folder / "MQL5" / "Profiles" / "Charts" / "Default"
    bridge = next(path for path in charts.glob("*.chr") if "FEPBridge" in read_text(path))
    own = charts / "chart07.chr"
    own.write_bytes(utf16("<chart>\nid=1\nsymbol=GBPUSD\n</chart>\n"))
    (charts / "order.wnd").write_bytes(utf16(f"{bridge.name}\nchart07.chr\n"))
    settings = world.data_folder / "config" / "common.ini"
    settings.write_bytes(utf16(with_ini_value(read_text(settings), "Charts", "MaxBars", "777")))
    assert await world.ea.remove_bridge()
    assert own.exists()
    assert not any("FEPBridge" in read_text(path) for path in charts.glob("*.chr"))
    assert read_text(charts / "order.wnd").split() == ["chart07.chr"]
    assert "MaxBars=777" in read_text(settings)


@pytest.mark.skipif(sys.platform == "win32", reason="folders are not made read-only there")
async def test_where_the_profile_can_not_be_written_the_terminal_starts_with_the_bridge(
    bare_world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = bare_world
    world.terminal.install = await world.install()
    write = FileBackup.write

    def refuse(self: FileBackup, path: Path, data: bytes) -> None:
        if path.suffix in {".chr", ".wnd", ".ini"}:
            raise PermissionError(13, "Permission denied")
        write(self, path, data)

    monkeypatch.setattr(FileBackup, "write", refuse)
    await world.ea.install_bridge()
    # Until it answers, connecting would start another copy, and which of the two stays is not said.
    await world.until(lambda: answers(world.root))
    await world.connect()
    assert world.ea.bridge.status.mql_trade_allowed
    charts = world.data_folder / "MQL5" / "Profiles" / "Charts" / "Default"
    assert not any("FEPBridge" in read_text(path) for path in charts.glob("*.chr"))


async def test_a_running_terminal_is_left_alone(bare_world: Any) -> None:
    world = bare_world
    install = await world.install()
    await world.terminal.connect(install)
    before = contents(world.data_folder)
    with pytest.raises(ForexEliteError, match="Close MetaTrader"):
        await world.ea.install_bridge()
    assert contents(world.data_folder) == before

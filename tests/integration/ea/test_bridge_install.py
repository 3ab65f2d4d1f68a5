"""The bridge is put into a closed terminal, works there, and is taken out again without a trace."""

from pathlib import Path
from typing import Any

import psutil
import pytest

from agent_core.ea.files import read_text
from agent_core.protocol.errors import ErrorCode, ForexEliteError


def contents(folder: Path) -> dict[str, bytes]:
    """What the product may touch, without logs and what a running terminal writes."""
    charts = folder / "MQL5" / "Profiles" / "Charts"
    paths = [*charts.rglob("*.*"), folder / "config" / "common.ini", *(folder / "MQL5" / "Experts").rglob("*.ex5")]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths if path.is_file()}


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
    world.control(quit=True)
    await world.until(lambda: not psutil.pid_exists(pid))
    while await world.ea.remove_bridge():
        pass
    after = contents(world.data_folder)
    assert after.keys() == before.keys()


async def test_a_running_terminal_is_left_alone(bare_world: Any) -> None:
    world = bare_world
    install = await world.install()
    await world.terminal.connect(install)
    before = contents(world.data_folder)
    with pytest.raises(ForexEliteError, match="Close MetaTrader"):
        await world.ea.install_bridge()
    assert contents(world.data_folder) == before

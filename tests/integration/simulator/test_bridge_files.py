"""The bridge's files against the agent's own client of them."""

from importlib.resources import files
from typing import Any

import pytest

from agent_core.ea.bridge import BridgeClient
from agent_core.ea.chart_files import ChartExpert, template_bytes
from agent_core.protocol.errors import ForexEliteError
from agent_core.simulator import mt5
from agent_core.simulator.metaeditor.compiler import compile_into

INSTANCE = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def expert(terminal: Any) -> str:
    """A compiled template in the terminal's folder, and the bridge installed."""
    terminal.install_bridge()
    source = (files("resources") / "mql5/templates/moving_average_cross.mq5").read_text(encoding="utf-8")
    compile_into(source, "cross_1", terminal.layout.mql5 / "Experts" / "ForexElitePro", terminal.layout.mql5)
    return "cross_1"


async def start(client: BridgeClient, expert: str, **fields: str) -> Any:
    inputs = {"FEPInstance": INSTANCE, "InpMagic": "4711"}
    template = client.write_template(INSTANCE, template_bytes(ChartExpert(expert, True, inputs)))
    given = {"instance": INSTANCE, "symbol": "GBPUSD", "timeframe": "M15", "expert": expert, "template": template}
    return await client.command("start_ea", **{**given, **fields})


async def test_an_ea_is_started_seen_restored_and_stopped(terminal: Any, expert: str) -> None:
    terminal.start()
    client = BridgeClient(terminal.layout.data)
    await client.command("ping")
    ack = await start(client, expert)
    again = await start(client, expert)
    assert again.chart_id == ack.chart_id
    beat = terminal.wait(lambda: client.heartbeat(INSTANCE))
    assert (beat.expert, beat.symbol, beat.timeframe, beat.magic) == (expert, "GBPUSD", "M15", 4711)
    assert (beat.state, beat.trade_allowed) == ("running", True)
    assert [(c["expert"], c["instance"]) for c in terminal.state()["charts"]] == [
        ("FEPBridge", ""), (expert, INSTANCE),
    ]  # fmt: skip

    terminal.stop()
    assert client.heartbeat(INSTANCE).state == "stopped"
    client.forget_heartbeat(INSTANCE)
    terminal.start()
    assert terminal.wait(lambda: client.heartbeat(INSTANCE)).state == "running"
    status = terminal.wait(client.status)
    assert status.account == mt5.account_info().login

    await client.command("stop_ea", instance=INSTANCE)
    assert client.heartbeat(INSTANCE).state == "stopped"
    assert [chart["expert"] for chart in terminal.state()["charts"]] == ["FEPBridge"]
    assert (await client.command("list_charts")).charts[0].expert == "FEPBridge"
    journal = "".join(path.read_text(encoding="utf-16") for path in (terminal.layout.data / "logs").glob("2*.log"))
    assert journal.count(f"Experts\texpert {expert} (GBPUSD,M15) loaded successfully") == 2
    assert journal.count(f"Experts\texpert {expert} (GBPUSD,M15) removed") == 2


async def test_permission_follows_the_button(terminal: Any, expert: str) -> None:
    terminal.start()
    client = BridgeClient(terminal.layout.data)
    await start(client, expert)
    terminal.control(auto_trading=False)
    terminal.wait(lambda: (status := client.status()) and not status.terminal_trade_allowed)
    terminal.wait(lambda: (beat := client.heartbeat(INSTANCE)) and not beat.trade_allowed)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"symbol": "NOSUCH"}, "does not know the symbol NOSUCH"),
        ({"timeframe": "M7"}, "no timeframe M7"),
        ({"template": "../x.tpl"}, "not in the bridge's folder"),
    ],
)
async def test_a_start_that_cannot_be(bridged: Any, fields: dict[str, str], words: str) -> None:
    client = BridgeClient(bridged.layout.data)
    with pytest.raises(ForexEliteError, match=words):
        await start(client, "any", **fields)


@pytest.fixture(scope="module")
def bridged(shared_terminal: Any) -> Any:
    shared_terminal.stop()
    shared_terminal.install_bridge()
    shared_terminal.start()
    return shared_terminal

"""The real MetaTrader5 wheel where no terminal is installed: the simulated module and the terminal host against it."""

import importlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent_core.events import EventBus
from agent_core.programs import command_for
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.settings import AgentSettings
from agent_core.store import Store
from agent_core.terminal.client import HostClient, Priority
from agent_core.terminal.errors import terminal_error
from agent_core.terminal.models import TerminalInstall
from agent_core.terminal.service import TerminalService
from tests.windows.wheel_calls import calls, outcome

RECORDS = (
    "Tick", "TradeRequest", "OrderSendResult", "OrderCheckResult", "TradePosition", "TradeOrder", "TradeDeal",
    "BookInfo", "AccountInfo", "TerminalInfo", "SymbolInfo",
)  # fmt: skip


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[TerminalService]:
    settings = AgentSettings(data_folder=tmp_path, roaming_folder=tmp_path / "AppData Ü")
    store = Store(tmp_path / "agent.db")
    service = TerminalService(settings, store, EventBus())
    yield service
    await service.disconnect()
    store.close()


def test_the_simulated_module_fails_as_the_wheel_does(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("APPDATA", str(tmp_path))
    wheel, ours = (importlib.import_module(name) for name in ("MetaTrader5", "agent_core.simulator.mt5"))
    assert wheel.__version__ == ours.__version__
    compared, different = 0, []
    for call in calls():
        theirs, own = outcome(wheel, call), outcome(ours, call)
        compared += 1
        if theirs != own:
            different.append(f"{call[0]}{call[1]!r:.120} {call[2]!r:.120}: {theirs:.150} / {own:.150}")
    assert different == []
    assert compared > 2000


@pytest.mark.parametrize("name", RECORDS)
def test_the_records_are_the_wheels_to_the_letter(name: str) -> None:
    kinds = [getattr(importlib.import_module(module), name) for module in ("MetaTrader5", "agent_core.simulator.mt5")]
    count = kinds[0].n_fields
    told = []
    for kind in kinds:
        record = kind(range(count))
        facts = [getattr(kind, fact) for fact in ("__match_args__", "n_sequence_fields", "n_unnamed_fields")]
        missing = [fact for fact in ("_fields", "_replace", "_make") if hasattr(record, fact)]
        with pytest.raises(TypeError) as wrong:
            kind(range(count - 1))
        with pytest.raises(AttributeError):
            setattr(record, kind.__match_args__[0], 5)
        same = (record[0], record[-1], record._asdict(), tuple(record), record == tuple(range(count)), hash(record))
        told.append((facts, missing, str(wrong.value).rpartition(".")[2], repr(record), same))
    assert told[0] == told[1]


async def test_nothing_is_discovered_on_a_computer_without_metatrader(service: TerminalService) -> None:
    assert await service.discover() == []


async def test_connecting_says_in_our_words_that_metatrader_was_not_found(
    service: TerminalService, tmp_path: Path
) -> None:
    executable = tmp_path / "Program Files" / "MetaTrader 5" / "terminal64.exe"
    install = TerminalInstall(executable, tmp_path / "data", portable=False, running=False, name="MetaTrader 5")
    with pytest.raises(ForexEliteError) as refused:
        await service.connect(install)
    assert refused.value.code == ErrorCode.BROKER_UNAVAILABLE
    assert refused.value.detail.startswith("MetaTrader 5 was not found at ")
    assert str(executable) in refused.value.detail
    assert not service.connected
    assert service.link.detail == refused.value.detail


async def test_the_wheel_itself_finds_no_terminal() -> None:
    client = HostClient([*command_for("terminal-host"), "--module", "MetaTrader5"])
    answer = await client.call("initialize", priority=Priority.READ)
    await client.close()
    assert (answer.value, answer.code) == (False, -10003)
    error = terminal_error(answer.code, answer.text)
    assert error.code == ErrorCode.BROKER_UNAVAILABLE
    assert error.detail.startswith("MetaTrader 5 was not found here.")


async def test_the_wheel_says_when_a_terminal_can_not_be_started(service: TerminalService, tmp_path: Path) -> None:
    executable = tmp_path / "MetaTrader 5 ü" / "terminal64.exe"
    executable.parent.mkdir()
    executable.write_bytes(b"not a program")
    with pytest.raises(ForexEliteError) as refused:
        await service.connect(TerminalInstall(executable, tmp_path / "data", False, False, "MetaTrader 5"))
    assert refused.value.detail == "MetaTrader 5 could not be started. Start it by hand, then connect again."

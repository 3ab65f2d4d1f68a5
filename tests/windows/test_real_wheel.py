"""The terminal host against the real MetaTrader5 wheel, where no terminal is installed. Runs on Windows alone."""

import sys
from pathlib import Path

import pytest

from agent_core.events import EventBus
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.settings import AgentSettings
from agent_core.store import Store
from agent_core.terminal.models import TerminalInstall
from agent_core.terminal.service import TerminalService

pytestmark = pytest.mark.skipif(sys.platform != "win32", reason="needs Windows and the MetaTrader5 wheel")


@pytest.fixture
def service(tmp_path: Path) -> TerminalService:
    settings = AgentSettings(data_folder=tmp_path, roaming_folder=tmp_path / "AppData Ü")
    return TerminalService(settings, Store(tmp_path / "agent.db"), EventBus())


async def test_nothing_is_discovered_on_a_computer_without_metatrader(service: TerminalService) -> None:
    assert await service.discover() == []


async def test_connecting_says_in_our_words_that_metatrader_was_not_found(
    service: TerminalService, tmp_path: Path
) -> None:
    executable = tmp_path / "Program Files" / "MetaTrader 5" / "terminal64.exe"
    install = TerminalInstall(executable, tmp_path / "data", portable=False, running=False, name="MetaTrader 5")
    with pytest.raises(ForexEliteError) as refused:
        await service.connect(install)
    await service.disconnect()
    assert refused.value.code == ErrorCode.BROKER_UNAVAILABLE
    assert "MetaTrader 5" in refused.value.detail
    assert "not found" in refused.value.detail or "could not be started" in refused.value.detail

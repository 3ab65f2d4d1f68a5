"""Two agents on one terminal or on one data folder: the second is told, and nothing is disturbed."""

from pathlib import Path
from typing import Any

import pytest
from keyring.backends.null import Keyring

from agent_core.agent import Agent
from agent_core.credentials import Credentials
from agent_core.events import EventBus
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.settings import AgentSettings
from agent_core.store import Store
from agent_core.terminal.service import TerminalService


async def test_a_terminal_has_one_agent_at_a_time(desk: Any, tmp_path: Path) -> None:
    await desk.connect()
    settings = desk.settings.model_copy(update={"data_folder": tmp_path / "other"})
    store = Store(settings.data_folder / "agent.db")
    other = TerminalService(settings, store, EventBus())
    (found,) = await other.discover()
    with pytest.raises(ForexEliteError, match="uses this terminal already") as caught:
        await other.connect(found)
    assert caught.value.code is ErrorCode.CONFLICT
    assert other.link.state == "disconnected"
    assert "uses this terminal already" in other.link.detail
    assert desk.terminal.connected
    await desk.terminal.disconnect()
    assert (await other.connect(found)).login
    await other.disconnect()
    store.close()


async def test_a_data_folder_has_one_agent_at_a_time(tmp_path: Path) -> None:
    settings = AgentSettings(data_folder=tmp_path / "dätä x", roaming_folder=tmp_path)
    credentials = Credentials(settings.data_folder, Keyring())
    agent = Agent(settings, credentials=credentials)
    with pytest.raises(ForexEliteError, match="runs already with this data folder"):
        Agent(settings, credentials=credentials)
    await agent.stop()
    await Agent(settings, credentials=credentials).stop()

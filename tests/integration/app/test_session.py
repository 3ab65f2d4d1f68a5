"""From the first start to the workspace and to the end of the program, on real parts."""

import asyncio
import json
import subprocess
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any
from uuid import uuid4

from PySide6.QtWidgets import QLabel, QWidget

from agent_core.agent import Agent
from agent_core.programs import command_for
from agent_core.settings import AgentSettings
from app import session
from app.options import Options
from app.shell.window import MainWindow
from app.theme import Theme
from app.tour.hands import click, enter, find, until
from app.ui_settings import UiSettingsFile

Run = Callable[[Coroutine[Any, Any, Any]], Any]
Steps = Callable[[MainWindow], Coroutine[Any, Any, None]]


async def _session(window: MainWindow, theme: Theme, folder: Path, steps: Steps, cloud: str | None = None) -> int:
    options = Options(data=folder, cloud=cloud)
    work = asyncio.ensure_future(session.run(window, theme, UiSettingsFile(folder), options, folder))
    try:
        await steps(window)
    finally:
        window.close()
        code = await work
    return code


def _text(window: MainWindow, name: str) -> str:
    return find(window, QLabel, name).text()


def _truth(terminal: Path) -> dict[str, Any]:
    state = [*command_for("simulator"), "state", "--root", str(terminal)]
    answer: dict[str, Any] = json.loads(subprocess.run(state, check=True, capture_output=True).stdout)
    return answer


def test_first_day_without_a_cloud(run: Run, window: MainWindow, terminal: Path, theme: Theme, tmp_path: Path) -> None:
    async def steps(window: MainWindow) -> None:
        await until("disclaimer", lambda: find(window, QWidget, "onboarding.disclaimer"))
        assert not find(window, QWidget, "onboarding.disclaimer.continue").isEnabled()
        await click(window, "onboarding.disclaimer.accept")
        await click(window, "onboarding.disclaimer.continue")
        await click(window, "onboarding.terminal.0.connect")
        await click(window, "onboarding.bridge.install")
        await until("workspace", lambda: window.working)
        await click(window, "rail.deploy")
        opened = time.monotonic()
        await until("account", lambda: _text(window, "topbar.kind") == "DEMO")
        await until("bridge", lambda: window.workspace.top_bar.links.bridge.state.tone == "good")
        await until("prices", lambda: window.workspace.top_bar.links.prices.state.tone == "good")
        truth = await asyncio.to_thread(_truth, terminal)
        assert str(truth["account"]["login"]) in _text(window, "topbar.account")
        assert window.workspace.top_bar.links.cloud.state.value == "off"
        await until("the time of the first tour", lambda: time.monotonic() > opened + 1)
        assert find(window, QWidget, "page.deploy").isVisible()  # the tour throws nobody back to the Trade page
        for name in ("history", "alerts", "settings", "deploy"):
            await click(window, f"rail.{name}")
            assert find(window, QWidget, f"page.{name}").isVisible()

    assert run(_session(window, theme, tmp_path / "data", steps)) == 0


def test_with_the_cloud_down_one_goes_on_offline(run: Run, window: MainWindow, theme: Theme, tmp_path: Path) -> None:
    async def steps(window: MainWindow) -> None:
        await until("sign-in page", lambda: find(window, QWidget, "signin.submit").isEnabled())
        await enter(window, "signin.email", "jo@example.com")
        await enter(window, "signin.password", "not a secret")
        await click(window, "signin.submit")
        await until("the reason", lambda: "can't be reached" in _text(window, "signin.error"))
        await click(window, "signin.offline")
        await click(window, "onboarding.disclaimer.accept")
        await click(window, "onboarding.disclaimer.continue")
        await until("no terminal", lambda: find(window, QWidget, "onboarding.terminals.empty"))
        await click(window, "onboarding.terminals.later")
        await until("workspace", lambda: window.working)
        assert _text(window, "topbar.kind") == "OFFLINE"

    assert run(_session(window, theme, tmp_path / "data", steps, cloud="http://127.0.0.1:9")) == 0


async def _worked_before(folder: Path, cloud: str) -> None:
    """Leaves behind what a trader does who has worked here: a terminal, the accepted disclaimer, a kept session."""
    agent = Agent(AgentSettings(data_folder=folder))
    await agent.start()
    await agent.terminal.connect((await agent.terminal.discover())[0])
    user = {"id": str(uuid4()), "email": "jo@example.com"}
    agent.credentials.set("cloud_session", json.dumps({"url": cloud, "refresh_token": "kept", "user": user}))
    await agent.stop()
    UiSettingsFile(folder).set("disclaimer_accepted", True)


def test_work_goes_on_while_the_cloud_takes_its_time(
    run: Run, window: MainWindow, terminal: Path, theme: Theme, tmp_path: Path
) -> None:
    asked = asyncio.Event()

    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await asyncio.sleep(30)
        writer.close()

    async def steps(window: MainWindow) -> None:
        await until("workspace", lambda: window.working)
        await until("account", lambda: _text(window, "topbar.kind") == "DEMO")
        await until("a price", lambda: _text(window, "ticket.spread"))
        await asked.wait()
        assert not find(window, QWidget, "trade").isHidden()

    async def work() -> int:
        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        cloud = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        await _worked_before(tmp_path / "data", cloud)
        code = await _session(window, theme, tmp_path / "data", steps, cloud)
        server.close()
        return code

    assert run(work()) == 0


def test_closing_at_once_ends_in_order(run: Run, window: MainWindow, theme: Theme, tmp_path: Path) -> None:
    async def steps(_window: MainWindow) -> None:
        await asyncio.sleep(0)

    assert run(_session(window, theme, tmp_path / "data", steps)) == 0

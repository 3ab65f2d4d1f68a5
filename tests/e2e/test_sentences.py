"""What can go wrong for a trader: one clear sentence with what to do, in the real window and in the API alike.

It is one trader's story in one window, told in the order in which it is written.
"""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import qasync
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QListWidget, QWidget

from agent_core.programs import command_for
from agent_core.simulator.install import install
from agent_core.simulator.ipc import IpcError, call_terminal
from agent_core.simulator.layout import layout_of_root
from agent_core.simulator.options import SimulatorOptions
from app import session
from app.ea.editor import MqlEditor
from app.ea.output import OutputPanel
from app.options import Options
from app.shell.window import MainWindow
from app.theme import Theme
from app.tour.hands import click, enter, find, until
from app.ui_settings import UiSettingsFile

DESCRIPTION = "Breakout of the London range on EURUSD M15, stop at the other side of the range, risk 1 %."
BROKEN = "void OnTick()\n{\n   int x = nowhere;\n}\n"


class Room:
    """The real window on local services, a phone beside it, and the terminal behind it."""

    window: MainWindow

    def __init__(self, folder: Path, cloud: Any) -> None:
        self.cloud = cloud
        self.terminal: asyncio.subprocess.Process | None = None
        self.root = folder / "Händler 1"
        self.email, self.password = f"trader-{uuid4().hex[:8]}@example.com", uuid4().hex
        self.broker = self.agent = ""
        self.phone = httpx.Client(base_url=f"{cloud.addresses['api']}/api/v1", timeout=40)

    async def beside(self, work: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """Does something outside while the window lives."""
        return await asyncio.to_thread(work, *arguments, **options)

    async def text(self, name: str, word: str, seconds: float = 20) -> str:
        """Waits until a label of the window holds a word; returns its text, which must be a proper sentence."""

        def look() -> str:
            shown = find(self.window, QLabel, name).text()
            return shown if word.lower() in shown.lower() else ""

        try:
            sentence = await until(f"'{name}' speaks of '{word}'", look, seconds)
        except Exception:
            with suppress(Exception):
                print(f"{name}: {find(self.window, QLabel, name).text()!r}")
            raise
        _check_sentence(sentence)
        return sentence

    async def problem(self, status: int, code: str, method: str, path: str, **request: Any) -> str:
        """Asks the API for what must be refused; returns the sentence of the problem document."""
        answer = await self.beside(self.phone.request, method, path, **request)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        assert answer.headers["content-type"] == "application/problem+json"
        body = answer.json()
        assert (body["code"], body["status"]) == (code, status), body
        _check_sentence(body["detail"])
        return str(body["detail"])

    async def order_problem(self, status: int, code: str, units: str = "2000") -> str:
        """An order that must be refused."""
        body = {"broker_connection_id": self.broker, "instrument": "EURUSD", "side": "BUY", "units": units}
        return await self.problem(status, code, "POST", "/orders", json=body)

    async def post(self, path: str, **body: Any) -> Any:
        """Asks the API for something that works."""
        answer = await self.beside(self.phone.post, path, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    async def get(self, path: str, **params: Any) -> Any:
        """Reads something over the API."""
        answer = await self.beside(self.phone.get, path, params=params)
        assert answer.is_success, answer.text
        return answer.json()

    async def ended(self, job_id: str) -> Any:
        """Waits for the end of a job."""
        while (job := await self.get(f"/jobs/{job_id}"))["status"] in {"pending", "in_progress"}:
            await asyncio.sleep(0.1)
        return job

    def truth(self) -> Any:
        """The terminal's own state."""
        return call_terminal(layout_of_root(self.root), "state")

    def control(self, **changes: Any) -> None:
        """Turns the terminal's switches."""
        call_terminal(layout_of_root(self.root), "control", changes)


def _check_sentence(text: str) -> None:
    """Proper words: begins with a capital, ends with a full stop, no inner names, no second page."""
    assert text[0].isupper() or text[0].isdigit(), text
    assert text.rstrip().endswith((".", "!", "?")), text
    assert len(text) < 300, text
    for word in ("Traceback", "Error(", "Exception", "None", "null", "errno", "http://127"):
        assert word not in text, text


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_failure_is_explained(qapp: QApplication, local_cloud: Any, tmp_path: Path) -> None:
    chapters = (
        _broken_email,
        _wrong_password,
        _terminal_not_found,
        _volume_below_minimum,
        _autotrading_off,
        _autotrading_off_at_the_broker_answers_10027,
        _market_closed,
        _terminal_not_running,
        _compile_error,
        _glm_error,
        _cloud_down,
        _agent_offline,
    )
    theme = Theme()
    theme.install(qapp)
    qapp.setQuitOnLastWindowClosed(False)
    loop = qasync.QEventLoop(qapp, set_running_loop=False)
    asyncio.set_event_loop(loop)

    async def story() -> None:
        async with _opened(theme, local_cloud, tmp_path) as room:
            for chapter in chapters:
                try:
                    await asyncio.wait_for(chapter(room), 110)
                except BaseException as error:
                    error.add_note(f"in chapter {chapter.__name__}")
                    raise

    try:
        loop.run_until_complete(story())
    finally:
        loop.close()
        asyncio.set_event_loop(None)
        qapp.setQuitOnLastWindowClosed(True)


@asynccontextmanager
async def _opened(theme: Theme, cloud: Any, folder: Path) -> AsyncIterator[Room]:
    """The program itself, as started by a user who has nothing yet."""
    data = folder / "data"
    room = Room(folder, cloud)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FOREXELITE_ROAMING_FOLDER", str(layout_of_root(room.root).common.parents[2]))
        patch.setenv("FOREXELITE_WHOLE_COMPUTER", "false")  # terminals of other tests run beside
        patch.setenv("FOREXELITE_MT5_MODULE", "agent_core.simulator.mt5")
        patch.setenv("FOREXELITE_LAUNCHER", json.dumps(command_for("simulator")))
        ui = UiSettingsFile(data)
        room.window = window = MainWindow(theme, ui)
        window.resize(1600, 1000)
        window.show_sign_in()
        window.show()
        options = Options(data=data, cloud=cloud.addresses["api"])
        program = asyncio.create_task(session.run(window, theme, ui, options, data))
        try:
            yield room
        finally:
            window.close()
            await asyncio.wait_for(program, 60)
            window.deleteLater()
            room.phone.close()
            with suppress(IpcError, OSError):
                await room.beside(room.control, quit=True)
            if room.terminal is not None:
                await room.terminal.wait()


async def _broken_email(room: Room) -> None:
    await until("the form is ready", lambda: find(room.window, QWidget, "signin.submit").isEnabled(), 60)
    await _fill_sign_in(room, "trader@nowhere", "any-password")
    await room.text("signin.error", "e-mail address")
    body = {"email": "trader@nowhere", "password": "any-password", "name": "T"}
    assert "e-mail" in (await room.problem(400, "VALIDATION_ERROR", "POST", "/auth/signup", json=body)).lower()


async def _wrong_password(room: Room) -> None:
    await _fill_sign_in(room, room.email, "not-the-password")
    await room.text("signin.error", "password")
    body = {"email": room.email, "password": "not-the-password"}
    await room.problem(401, "INVALID_CREDENTIALS", "POST", "/auth/login", json=body)


async def _terminal_not_found(room: Room) -> None:
    await click(room.window, "signin.switch")
    await enter(room.window, "signin.name", "Trader")
    await _fill_sign_in(room, room.email, room.password)
    await click(room.window, "onboarding.disclaimer.accept")
    await click(room.window, "onboarding.disclaimer.continue")
    await room.text("onboarding.terminals.empty.text", "install")
    login = await room.post("/auth/login", email=room.email, password=room.password)
    room.phone.headers["Authorization"] = f"Bearer {login['access_token']}"
    answer = await room.beside(room.phone.get, "/account", params={"broker_connection_id": str(uuid4())})
    assert (answer.status_code, answer.json()["code"]) == (428, "ONBOARDING_INCOMPLETE")
    await room.beside(install, room.root, SimulatorOptions(idle_exit=60))
    await click(room.window, "onboarding.terminals.search")
    await click(room.window, "onboarding.terminal.0.connect")
    await click(room.window, "onboarding.bridge.install")
    await until("the chart shows", lambda: find(room.window, QWidget, "chart"), 60)

    async def known() -> bool:
        return bool((await room.get("/onboarding/status"))["onboarded"])

    while not await known():
        await asyncio.sleep(0.2)
    room.broker = (await room.get("/onboarding/brokers"))[0]["id"]
    room.agent = (await room.get("/agents"))[0]["id"]


async def _volume_below_minimum(room: Room) -> None:
    _choose_lots(room)
    await enter(room.window, "ticket.size", "0.001")
    await room.text("ticket.message", "0.01")
    assert not find(room.window, QWidget, "ticket.buy").isEnabled()
    assert "0.01" in await room.order_problem(400, "INVALID_VOLUME", units="100")
    await enter(room.window, "ticket.size", "0.02")
    await until("buying is possible", find(room.window, QWidget, "ticket.buy").isEnabled)


async def _autotrading_off(room: Room) -> None:
    await room.beside(room.control, auto_trading=False)
    await room.text("ticket.message", "Algo Trading")
    assert "Algo Trading" in await room.order_problem(400, "ALGO_TRADING_DISABLED")
    await room.beside(room.control, auto_trading=True)
    await until("buying is possible", find(room.window, QWidget, "ticket.buy").isEnabled)


async def _autotrading_off_at_the_broker_answers_10027(room: Room) -> None:
    """The switch may be turned between the look at it and the order."""
    await room.beside(room.control, fault={"kind": "retcode", "retcode": 10027})
    await click(room.window, "ticket.buy")
    await click(room.window, "ticket.confirm.accept")
    await room.text("ticket.message", "Algo Trading")
    await room.beside(room.control, fault={"kind": "retcode", "retcode": 10027})
    await room.order_problem(400, "ALGO_TRADING_DISABLED")
    assert not (await room.beside(room.truth))["positions"]


async def _market_closed(room: Room) -> None:
    await room.beside(room.control, market_open=False)
    buy = find(room.window, QWidget, "ticket.buy")
    if buy.isEnabled():
        await click(room.window, "ticket.buy")
        await click(room.window, "ticket.confirm.accept")
    await room.text("ticket.message", "market is closed")
    await room.order_problem(400, "MARKET_CLOSED")
    await room.beside(room.control, market_open=True)
    await enter(room.window, "ticket.size", "0.03")
    await until("buying is possible", buy.isEnabled)


async def _terminal_not_running(room: Room) -> None:
    os.kill((await room.beside(room.truth))["pid"], signal.SIGKILL)
    await room.text("ticket.message", "not running", 40)
    await room.order_problem(503, "BROKER_UNAVAILABLE")
    executable = layout_of_root(room.root).executable
    quiet = asyncio.subprocess.DEVNULL
    room.terminal = await asyncio.create_subprocess_exec(
        *command_for("simulator"), str(executable), stdin=quiet, stdout=quiet, stderr=quiet
    )
    await until("the link is back", find(room.window, QWidget, "ticket.buy").isEnabled, 60)


async def _compile_error(room: Room) -> None:
    await click(room.window, "rail.eas")
    await click(room.window, "ea.library.new")
    await enter(room.window, "ea.new.name", "Broken")
    await click(room.window, "ea.new.accept")
    editor = find(room.window, MqlEditor, "ea.editor")
    await until("the new EA is open", lambda: not editor.toPlainText())
    editor.insertPlainText(BROKEN)
    await click(room.window, "ea.compile")
    output = find(room.window, OutputPanel, "ea.output")
    found = await until(
        "MetaEditor's finding shows", lambda: [one for one in output.findings if one.severity == "error"], 40
    )
    assert (found[0].line, found[0].code) == (3, 256)
    assert "nowhere" in found[0].message
    project = (await room.post("/ea/projects", name="Broken too"))["project_id"]
    version = (await room.post(f"/ea/projects/{project}/versions", source_code=BROKEN))["id"]
    job = (await room.post(f"/ea/versions/{version}/compile"))["job_id"]
    ended = await room.ended(job)
    assert not ended["result"]["success"], ended
    assert [one["code"] for one in ended["result"]["diagnostics"] if one["severity"] == "error"][:1] == [256]
    assert (await room.get(f"/ea/versions/{version}"))["status"] == "error"
    deployment = {"version_id": version, "agent_id": room.agent, "broker_connection_id": room.broker}
    body = {**deployment, "symbol": "EURUSD"}
    await room.problem(409, "COMPILE_FAILED", "POST", "/deployments", json=body)


async def _glm_error(room: Room) -> None:
    glm = f"{room.cloud.addresses['glm']}/_control"
    await room.beside(httpx.post, glm, json={"next": ["1113"]})
    await enter(room.window, "ea.generate.input", DESCRIPTION)
    await click(room.window, "ea.generate.button")
    await room.text("ea.generate.status", "generat", 40)
    await room.beside(httpx.post, glm, json={"next": ["1113"]})
    project = (await room.post("/ea/projects", name="No money"))["project_id"]
    body = {"project_id": project, "strategy_description": DESCRIPTION}
    await room.problem(503, "GENERATION_FAILED", "POST", "/ea/generate", json=body)


async def _cloud_down(room: Room) -> None:
    """Killed in the middle of work: the window says so, goes on trading, and catches up when the cloud is back."""
    await room.beside(room.cloud.kill)
    await click(room.window, "rail.eas")
    await until("the panel is ready", find(room.window, QWidget, "ea.generate.button").isEnabled)
    await enter(room.window, "ea.generate.input", DESCRIPTION)
    await click(room.window, "ea.generate.button")
    await until(
        "one sentence tells that the cloud is away",
        lambda: [text for text in _shown(room, "ea.generate.status") if "cloud can't be reached" in text],
    )
    await click(room.window, "rail.trade")
    before = len((await room.beside(room.truth))["positions"])
    await click(room.window, "ticket.buy")
    await click(room.window, "ticket.confirm.accept")
    while len((await room.beside(room.truth))["positions"]) == before:
        await asyncio.sleep(0.1)
    await _open_cloud_settings(room)
    await room.text("settings.cloud.state", "can't be reached", 60)
    await room.beside(room.cloud.start)
    await until(
        "the link is back and nothing waits",
        lambda: find(room.window, QLabel, "settings.cloud.state").text() == "Connected.", 60,
    )  # fmt: skip
    events = await room.get("/trade-events")
    held = {str(one["ticket"]) for one in (await room.beside(room.truth))["positions"]}
    assert held <= {one["broker_position_id"] for one in events}, events


async def _agent_offline(room: Room) -> None:
    """The pairing is ended elsewhere: this computer says so, and the API has no agent to ask."""
    answer = await room.beside(room.phone.delete, f"/agents/{room.agent}")
    assert answer.status_code == 204
    await room.text("settings.cloud.state", "pair", 40)
    await room.order_problem(503, "AGENT_OFFLINE")


async def _fill_sign_in(room: Room, email: str, password: str) -> None:
    await enter(room.window, "signin.email", email)
    await enter(room.window, "signin.password", password)
    await click(room.window, "signin.submit")


def _choose_lots(room: Room) -> None:
    menu = find(room.window, QAbstractButton, "ticket.size_mode").menu()  # type: ignore[attr-defined]
    next(action for action in menu.actions() if action.text().lower().startswith("lot")).trigger()


def _shown(room: Room, name: str) -> list[str]:
    return [shown.text() for shown in room.window.findChildren(QLabel, name) if shown.isVisible()]


async def _open_cloud_settings(room: Room) -> None:
    await click(room.window, "rail.settings")
    menu = await until("the settings show", lambda: find(room.window, QListWidget, "settings.list"))
    menu.setCurrentItem(menu.findItems("Cloud", Qt.MatchFlag.MatchExactly)[0])

"""Coroutines of the window: failures are shown, nothing is lost, dialogs do not stop the others."""

import asyncio
import re
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QWidget

import app
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from app.failures import install_failure_handlers
from app.tasks import Tasks
from app.theme import Theme
from app.widgets.dialogs import ConfirmDialog, answer_of

Run = Callable[[Coroutine[Any, Any, Any]], Any]


class Sink:
    """Keeps what a toast would show."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def error(self, message: str) -> None:
        """Keeps it."""
        self.messages.append(message)


async def _fail(error: Exception) -> None:
    await asyncio.sleep(0)
    raise error


@pytest.mark.logs_errors
def test_failures_are_shown_in_one_sentence(run: Run) -> None:
    sink = Sink()
    tasks = Tasks(sink)
    handled: list[Exception] = []

    async def go() -> None:
        known = ForexEliteError(ErrorCode.MARKET_CLOSED, "The market is closed.")
        await tasks.start(_fail(known))
        await tasks.start(_fail(KeyError("x")))
        await tasks.start(_fail(known), on_error=handled.append)

    run(go())
    assert sink.messages[0] == "The market is closed."
    assert "KeyError" in sink.messages[1]
    assert len(sink.messages) == 2
    assert [str(error) for error in handled] == ["The market is closed."]


def test_stop_cancels_what_runs(run: Run) -> None:
    tasks = Tasks(Sink())
    ends: list[str] = []

    async def long() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ends.append("cleaned up")

    async def go() -> None:
        task = tasks.start(long())
        await asyncio.sleep(0)
        await tasks.stop()
        assert task.cancelled()

    run(go())
    assert ends == ["cleaned up"]


@pytest.mark.parametrize("accept", [True, False])
def test_other_tasks_go_on_while_a_dialog_is_open(run: Run, qtbot: Any, theme: Theme, accept: bool) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    beats: list[int] = []

    async def beat() -> None:
        while True:
            beats.append(1)
            await asyncio.sleep(0.005)

    async def go() -> bool:
        beating = asyncio.ensure_future(beat())
        dialog = ConfirmDialog(window, "question", title="Sure?", text="Really.", accept="Yes")
        asking = asyncio.ensure_future(answer_of(dialog))
        while len(beats) < 10:
            await asyncio.sleep(0.005)
        assert dialog.isVisible()
        assert dialog.reject_button.isDefault()
        (dialog.accept_button if accept else dialog.reject_button).click()
        answer = await asking
        beating.cancel()
        return answer

    assert run(go()) is accept


@pytest.mark.parametrize("missed", [1, 99])
def test_a_task_that_misses_a_cancellation_never_holds_up_the_end(
    run: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, missed: int
) -> None:
    monkeypatch.setattr("app.tasks._STOP_SECONDS", 0.01)
    heard = 0

    async def deaf() -> None:
        nonlocal heard
        while heard < missed:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                heard += 1

    async def go() -> None:
        nonlocal missed
        tasks = Tasks(Sink())
        task = tasks.start(deaf(), name="deaf")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await tasks.stop()
        missed = 0
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run(go())
    assert ("['deaf']" in caplog.text) is (heard > 2)


@pytest.mark.logs_errors
def test_what_nobody_caught_is_shown(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    sink = Sink()
    monkeypatch.setattr("sys.excepthook", None)

    async def go() -> None:
        loop = asyncio.get_running_loop()
        install_failure_handlers(loop, sink)
        loop.call_exception_handler({"message": "lost", "exception": ValueError("x")})

    run(go())
    import sys

    sys.excepthook(RuntimeError, RuntimeError("slot"), None)
    assert [message.split(" (")[1].split(")")[0] for message in sink.messages] == ["ValueError", "RuntimeError"]


def test_no_nested_event_loops() -> None:
    """`exec()` of a dialog or menu inside a coroutine stops every other task for good."""
    folder = Path(app.__file__).parent
    nested = [
        f"{path.relative_to(folder)}:{number}"
        for path in folder.rglob("*.py")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if re.search(r"\.exec_?\(", line)
    ]
    assert nested == []

"""Stop everything: what is left while it works, and what could not be stopped."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from PySide6.QtWidgets import QWidget

from agent_core.jobs.models import JobOutcome
from agent_core.protocol.jobs import JobStatus
from agent_core.terminal.models import Position
from app.shell.stop_everything import stop_everything
from app.tour.hands import click

Run = Callable[[Any], Any]


def test_it_tells_what_is_left_and_what_failed(
    room: Any, run: Run, position: Callable[..., Position], order: Any
) -> None:
    gate = asyncio.Event()

    async def slow(_kind: object, _payload: object) -> JobOutcome:
        await gate.wait()
        failed = ["Position 5 EURUSD: The position is already being closed."]
        result = {"closed_positions": 1, "cancelled_orders": 1, "stopped_eas": 0, "failed": failed}
        return JobOutcome(UUID(int=1), JobStatus.COMPLETED, result)

    async def stop() -> None:
        await room.ready()
        room.feed.hold(position(5), position(6))
        room.feed.work(order(7))
        room.context.agent.jobs = SimpleNamespace(run=slow)
        work = asyncio.ensure_future(stop_everything(room.context, room.window))
        await room.until(lambda: room.window.findChild(QWidget, "stop_dialog"))
        await click(room.window, "stop_dialog.accept")
        messages = room.context.toasts
        await room.until(lambda: messages.messages == ["Stopping: 2 positions and 1 order left."])
        room.feed.hold(position(5))
        await room.until(lambda: messages.messages == ["Stopping: 1 position and 1 order left."])
        gate.set()
        await work
        assert messages.messages == [
            "Stopped: 1 position closed, 1 order cancelled, 0 EAs stopped. "
            "Not stopped: Position 5 EURUSD: The position is already being closed."
        ]

    run(stop())

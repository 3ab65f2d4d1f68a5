"""One-click mode: off until armed, at each start anew where real money is at stake."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QPushButton, QWidget

from agent_core.terminal.events import AccountChanged
from agent_core.terminal.models import Position
from agent_core.trading.events import ArmChanged
from app.chart.lines import LineKey
from app.shell.commands import CommandRegistry
from app.tour.hands import click, drag, enter
from app.trade.one_click import OneClick

Run = Callable[[Any], Any]


def go_live(room: Any, login: int = 900) -> None:
    room.terminal.account = replace(room.terminal.account, live=True, login=login)
    room.bus.publish(AccountChanged(room.terminal.account))


async def turn_on(room: Any) -> None:
    await click(room.window, "ticket.one_click")
    dialog = await room.until(lambda: room.window.findChild(QWidget, "ticket.one_click.confirm"))
    assert dialog.reject_button.isDefault()
    await click(room.window, "ticket.one_click.confirm.accept")
    await room.until(lambda: room.page.ticket.one_click.on)


def test_a_live_account_is_asked_at_each_start_and_after_each_disarming(room: Any, run: Run) -> None:
    one_click, label = room.page.ticket.one_click, room.page.ticket.form.one_click

    async def trade() -> None:
        await room.ready()
        assert one_click.on  # a demo account keeps what was chosen for it
        go_live(room)
        await room.until(lambda: label.text() == "One-click off")
        await enter(room.window, "ticket.sl", "1.08251")
        await room.until(room.page.ticket.form.buy.isEnabled)
        await click(room.window, "ticket.buy")
        await room.until(lambda: room.window.findChild(QWidget, "ticket.confirm"))
        await click(room.window, "ticket.confirm.reject")
        assert room.desk.sent == []
        await turn_on(room)
        await room.until(room.page.ticket.form.buy.isEnabled)
        await click(room.window, "ticket.buy")
        await room.until(lambda: room.desk.sent)
        assert room.context.ui.values.model_dump_json().count("900") == 0  # nothing of it is kept
        again = OneClick(room.context, QPushButton(room.window))  # as at the next start
        assert not again.on
        room.bus.publish(ArmChanged(False, True))
        await room.until(lambda: not one_click.on)
        room.bus.publish(ArmChanged(True, True))
        await turn_on(room)
        go_live(room, 901)
        await room.until(lambda: label.text() == "One-click off")
        go_live(room, 900)
        await room.until(lambda: room.page.ticket.one_click._live_account == "")
        assert not one_click.on
        await room.until(lambda: not room.context.tasks._running)  # another account's charts are loaded

    run(trade())


def test_a_demo_account_keeps_the_choice(room: Any, run: Run) -> None:
    commands: CommandRegistry = room.context.commands

    async def trade() -> None:
        await room.ready()
        for asks in (True, False):
            commands.run("ticket.one_click")
            assert room.context.ui.values.confirm_orders is asks
            assert room.page.ticket.one_click.on is not asks

    run(trade())


@pytest.mark.parametrize("agree", [True, False])
def test_a_dragged_line_asks_first_by_choice(
    room: Any, run: Run, position: Callable[..., Position], agree: bool
) -> None:
    async def trade() -> None:
        await room.ready()
        room.context.ui.set("confirm_drags", True)
        room.feed.hold(position(5))
        chart = room.page.chart
        await room.until(lambda: chart.layer.find(LineKey("sl", 5)))
        start = QPoint(60, round(chart.line_y("sl", 5)))
        await drag(chart, start, QPoint(60, round(chart.price_to_y(1.083))))
        dialog = await room.until(lambda: room.window.findChild(QWidget, "chart.drag.confirm"))
        assert dialog.reject_button.isDefault()
        assert room.desk.calls == []
        await click(room.window, f"chart.drag.confirm.{'accept' if agree else 'reject'}")
        await room.until(lambda: abs(chart.y_to_price(chart.line_y("sl", 5)) - 1.08251) < 1e-9)

    run(trade())
    assert len(room.desk.calls) == (1 if agree else 0)

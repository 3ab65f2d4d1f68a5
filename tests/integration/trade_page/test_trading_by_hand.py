import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.chart.lines import LineKey
from app.tour.hands import click, drag, enter, until

Trade = Callable[[Any], None]


def test_buy_with_a_stop_drag_it_and_close(trade: Trade) -> None:
    async def story(room: Any) -> None:
        page = room.page
        chart = page.chart
        await until("bars", lambda: len(chart.model) > 100)
        await until("a quote", lambda: page.ticket.tick)
        form = page.ticket.form
        await click(room.window, "ticket.sl.note")
        await until("a preview", lambda: "lots" in form.size_field.note.text())
        await click(room.window, "ticket.buy")
        await until("a position", lambda: room.agent.feed.positions)
        await until("the ticket says so", lambda: form.message.text().startswith("Bought"))
        (held,) = room.agent.feed.positions
        key = LineKey("sl", held.ticket)
        await until("its stop's line", lambda: chart.layer.find(key))
        wanted = held.sl - 0.2 * (chart.view.high - chart.view.low) * 0.3
        start = QPoint(80, round(chart.line_y("sl", held.ticket)))
        await drag(chart, start, QPoint(80, round(chart.price_to_y(wanted))))
        await until("the moved stop", lambda: room.agent.feed.positions and room.agent.feed.positions[0].sl != held.sl)
        (truth,) = await asyncio.to_thread(lambda: room.truth()["positions"])
        moved = room.agent.feed.positions[0].sl
        assert truth["sl"] == pytest.approx(moved)
        assert moved == pytest.approx(wanted, abs=2 * abs(chart.y_to_price(0) - chart.y_to_price(1)))
        table = page.blotter.positions_table
        QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=table.action_point(0, "close"))
        await until("no position", lambda: not room.agent.feed.positions)
        assert (await asyncio.to_thread(lambda: room.truth()["positions"])) == []
        await until("the history", lambda: page.blotter.trades.rowCount() >= 1)

    trade(story)


def test_algo_trading_switched_off_is_said_before_anything_is_sent(trade: Trade) -> None:
    async def story(room: Any) -> None:
        form = room.page.ticket.form
        await until("a quote", lambda: room.page.ticket.tick)
        await enter(room.window, "ticket.size", "0.5")
        await click(room.window, "ticket.sl.note")
        await until("a ready ticket", form.buy.isEnabled)
        await asyncio.to_thread(lambda: room.control(auto_trading=False))
        await until("the reason", lambda: "Algo Trading" in form.message.text())
        assert not form.buy.isEnabled()

    trade(story)


def test_a_limit_order_is_placed_and_cancelled(trade: Trade) -> None:
    async def story(room: Any) -> None:
        page = room.page
        await until("bars", lambda: len(page.chart.model))
        await until("a quote", lambda: page.ticket.tick)
        actions = {action.text(): action for action in page.ticket.form.size_menu.actions()}
        actions["Lots"].trigger()
        await enter(room.window, "ticket.size", "0.10")
        await click(room.window, "ticket.kind.limit")
        await enter(room.window, "ticket.price", f"{page.ticket.tick.bid * 0.995:.5f}")
        await click(room.window, "ticket.buy")
        await until("an order", lambda: room.agent.feed.orders)
        await click(room.window, "blotter.orders")
        table = page.blotter.orders_table
        await until("its row", page.blotter.orders.rowCount)
        QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=table.action_point(0, "cancel"))
        await until("no order", lambda: not room.agent.feed.orders)

    trade(story)

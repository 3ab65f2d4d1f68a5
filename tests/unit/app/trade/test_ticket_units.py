"""The ticket in other units than prices, its presets, and what it keeps after an order."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu

from agent_core.terminal.models import OrderKind, Side
from app.chart.lines import LineKey
from app.tour.hands import click, drag, enter

Run = Callable[[Any], Any]


def choose(menu: QMenu, text: str) -> None:
    next(action for action in menu.actions() if action.text() == text).trigger()


def test_a_stop_in_pips_serves_both_sides_and_keeps_its_place_in_other_units(room: Any, run: Run) -> None:
    async def trade() -> None:
        await room.ready()
        form = room.page.ticket.form
        choose(form.sl_unit.choices, "Pips")
        choose(form.tp_unit.choices, "R")
        await enter(room.window, "ticket.sl", "20")
        await enter(room.window, "ticket.tp", "2")
        await room.until(form.sl_hint.text)
        assert form.sl_hint.text().startswith("1.08223 · ")
        for side in ("buy", "sell"):
            await click(room.window, f"ticket.{side}")
            await room.until(lambda: not room.page.ticket._sender.busy and form.buy.isEnabled())
        choose(form.sl_unit.choices, "Price")
        assert form.sl_field.text() == "1.08618"  # of the side used last
        assert room.context.ui.values.level_units == {"sl": "PRICE", "tp": "R"}

    run(trade())
    buy, sell = room.desk.sent
    assert (buy.side, buy.sl, buy.tp) == (Side.BUY, Decimal("1.08223"), Decimal("1.08823"))
    assert (sell.side, sell.sl, sell.tp) == (Side.SELL, Decimal("1.08618"), Decimal("1.08018"))


def test_a_stop_in_true_ranges_is_as_far_away_as_bars_are_high(room: Any, run: Run) -> None:
    async def trade() -> None:
        await room.ready()
        form, ticket = room.page.ticket.form, room.page.ticket
        choose(form.sl_unit.choices, "ATR")
        await enter(room.window, "ticket.sl", "2")
        await room.until(lambda: ticket.market.atr is not None and form.sl_hint.text())
        await room.until(form.buy.isEnabled)
        await click(room.window, "ticket.buy")
        await room.until(lambda: room.desk.sent)
        distance = Decimal("1.08423") - room.desk.sent[0].sl
        assert abs(distance - 2 * ticket.market.atr) <= Decimal("0.00001")
        choose(form.sl_unit.choices, "Price")
        choose(form.sl_unit.choices, "ATR")
        assert form.sl_field.text() in ("1.99", "2.00")

    run(trade())


def test_dragging_a_line_writes_its_distance_and_turns_the_side(room: Any, run: Run) -> None:
    async def look() -> None:
        await room.ready()
        form, chart = room.page.ticket.form, room.page.chart
        choose(form.sl_unit.choices, "Pips")
        await enter(room.window, "ticket.sl", "20")
        await room.until(lambda: chart.layer.find(LineKey("ticket.sl")))
        start = QPoint(80, round(chart.line_y("ticket.sl")))
        goal = QPoint(80, round(chart.price_to_y(1.08518)))
        await drag(chart, start, goal)
        assert room.page.ticket.side is Side.SELL
        assert abs(Decimal(form.sl_field.text()) - 10) < 3
        assert "Pips" in form.sl_unit.text()

    run(look())


def test_money_needs_a_size_and_r_needs_a_stop(room: Any, run: Run) -> None:
    async def look() -> None:
        await room.ready()
        form = room.page.ticket.form
        choose(form.sl_unit.choices, "Money")
        await enter(room.window, "ticket.sl", "100")
        await room.until(lambda: "size in lots" in form.message.text())
        assert not form.buy.isEnabled()
        choose(form.size_menu, "Lots")
        await room.until(form.buy.isEnabled)
        choose(form.tp_unit.choices, "R")
        await enter(room.window, "ticket.sl", "")
        form.sl_field.clear()
        await enter(room.window, "ticket.tp", "2")
        await room.until(lambda: "needs a stop" in form.message.text())

    run(look())


def test_the_stop_keeps_its_distance_for_the_next_order(room: Any, run: Run) -> None:
    async def trade() -> None:
        await room.ready()
        form = room.page.ticket.form
        await enter(room.window, "ticket.sl", "1.08251")
        await click(room.window, "ticket.buy")
        await room.until(lambda: form.message.text().startswith("Bought"))
        room.feed.quote("EURUSD", 1.08018)  # far below the first stop
        await room.until(lambda: form.sl_field.text() == "1.07851")
        await room.until(form.buy.isEnabled)
        assert form.message.text().startswith("Bought")
        await click(room.window, "ticket.buy")
        await room.until(lambda: len(room.desk.sent) == 2)
        await enter(room.window, "ticket.sl", "1.07900")
        room.feed.quote("EURUSD", 1.08118)
        await room.until(lambda: form.buy.price == "1.08123")
        assert form.sl_field.text() == "1.07900"  # an edit ends it

    run(trade())
    assert [order.sl for order in room.desk.sent] == [Decimal("1.08251"), Decimal("1.07851")]


def test_a_stop_limit_order_has_two_prices(room: Any, run: Run) -> None:
    async def trade() -> None:
        await room.ready()
        form = room.page.ticket.form
        await click(room.window, "ticket.kind.stop_limit")
        assert form.limit_field.isVisible()
        await enter(room.window, "ticket.price", "1.0900")
        form.limit_field.clear()
        await room.until(lambda: "limit price" in form.message.text())
        await enter(room.window, "ticket.limit_price", "1.0895")
        await room.until(lambda: room.page.chart.layer.find(LineKey("ticket.limit_price")))
        await click(room.window, "ticket.buy")
        await room.until(lambda: room.desk.sent)

    run(trade())
    (order,) = room.desk.sent
    assert (order.kind, order.price, order.stop_limit_price) == (
        OrderKind.STOP_LIMIT, Decimal("1.0900"), Decimal("1.0895"),
    )  # fmt: skip


def test_presets_fill_the_size_and_can_be_kept_and_forgotten(room: Any, run: Run) -> None:
    async def look() -> None:
        await room.ready()
        form = room.page.ticket.form
        choose(form.size_menu, "2 %")
        assert form.size_field.text() == "2"
        await enter(room.window, "ticket.size", "1.5")
        form.size_menu.aboutToShow.emit()
        choose(form.size_menu, "Keep 1.5 %")
        assert "1.5 %" in [action.text() for action in form.size_menu.actions()]
        choose(form.size_menu, "Forget 1.5 %")
        assert "1.5 %" not in [action.text() for action in form.size_menu.actions()]
        assert room.context.ui.values.size_presets["RISK_PERCENT"][0] == Decimal("0.25")
        choose(form.size_menu, "Lots")
        sizes = [action.text() for action in form.size_menu.actions()]
        assert {"0.5 lots", "1 lot"} <= set(sizes)

    run(look())

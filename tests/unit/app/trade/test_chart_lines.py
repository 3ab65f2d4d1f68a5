from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QPoint

from agent_core.terminal.models import OrderKind, PendingOrder, Position
from agent_core.trading.models import KEEP, OutcomeStatus
from app.chart.lines import LineKey
from app.chart.widget import ChartWidget
from app.tour.hands import click, drag, enter

Run = Callable[[Any], Any]


async def pull(chart: ChartWidget, kind: str, ticket: int, price: float) -> None:
    """Drags a line to a price."""
    start = QPoint(60, round(chart.line_y(kind, ticket)))
    await drag(chart, start, QPoint(60, round(chart.price_to_y(price))))


def pixel_in_price(chart: ChartWidget) -> float:
    return abs(chart.y_to_price(0) - chart.y_to_price(1))


def test_positions_have_lines_with_pips_money_and_r(room: Any, run: Run, position: Callable[..., Position]) -> None:
    async def look() -> None:
        await room.ready()
        room.feed.hold(position(5), position(6, "USDJPY"))
        chart = room.page.chart
        await room.until(lambda: chart.layer.find(LineKey("sl", 5)))
        texts = {line.key.kind: line.text for line in chart.layer.lines}
        assert texts["entry"] == "Buy 0.61  +40.26"
        assert texts["sl"] == "SL  −10.1 pips  −61.61  −1.0 R"
        assert texts["tp"] == "TP  +41.1 pips  +250.71  +4.1 R"
        assert chart.layer.find(LineKey("sl", 6)) is None

    run(look())


def test_r_is_measured_by_the_stop_the_position_was_opened_with(
    room: Any, run: Run, position: Callable[..., Position], order: Callable[..., PendingOrder]
) -> None:
    async def look() -> None:
        await room.ready()
        chart, table = room.page.chart, room.page.blotter.positions
        for stop, told in ((1.08252, "−1.0 R"), (1.08352, "  0.0 R"), (1.08402, "+0.5 R")):
            room.feed.hold(position(5, sl=stop))
            await room.until(lambda told=told: (line := chart.layer.find(LineKey("sl", 5))) and told in line.text)
            assert table.all_rows[0].r_multiple == pytest.approx(0.66)
        assert "+4.1 R" in chart.layer.find(LineKey("tp", 5)).text
        room.feed.work(order(9, sl=1.082, tp=1.085))
        await room.until(lambda: chart.layer.find(LineKey("order.tp", 9)))
        assert "+2.0 R" in chart.layer.find(LineKey("order.tp", 9)).text

    run(look())


def test_a_dragged_stop_is_sent_on_release_snapped_and_with_the_target_kept(
    room: Any, run: Run, position: Callable[..., Position]
) -> None:
    async def trade() -> None:
        await room.ready()
        room.feed.hold(position(5))
        chart = room.page.chart
        await room.until(lambda: chart.layer.find(LineKey("sl", 5)))
        await pull(chart, "sl", 5, 1.08300)
        await room.until(lambda: room.desk.calls)
        # The terminal still has the old stop: its answer wins.
        await room.until(lambda: abs(chart.y_to_price(chart.line_y("sl", 5)) - 1.08251) < 1e-9)
        room.feed.hold(position(5, sl=1.083))
        await room.until(lambda: abs(chart.y_to_price(chart.line_y("sl", 5)) - 1.083) < 1e-9)

    run(trade())
    ((name, ticket, sl, tp),) = room.desk.calls
    assert (name, ticket, tp) == ("modify_position", 5, KEEP)
    assert sl.as_tuple().exponent == -5
    assert float(sl) == pytest.approx(1.083, abs=pixel_in_price(room.page.chart) * 1.01)


def test_a_refused_drag_snaps_back_and_says_why(room: Any, run: Run, position: Callable[..., Position]) -> None:
    async def trade() -> None:
        await room.ready()
        room.desk.change_status = OutcomeStatus.REFUSED
        room.feed.hold(position(5))
        chart = room.page.chart
        await room.until(lambda: chart.layer.find(LineKey("sl", 5)))
        await pull(chart, "sl", 5, 1.08400)
        await room.until(lambda: "Too close to the price." in room.context.toasts.messages)
        assert chart.y_to_price(chart.line_y("sl", 5)) == pytest.approx(1.08251)

    run(trade())


@pytest.mark.parametrize(("to", "sl", "tp"), [(1.0831, True, None), (1.0848, None, True)])
def test_a_level_is_pulled_out_of_the_entry(
    room: Any, run: Run, position: Callable[..., Position], to: float, sl: bool | None, tp: bool | None
) -> None:
    async def trade() -> None:
        await room.ready()
        room.feed.hold(position(5, sl=None, tp=None))
        chart = room.page.chart
        await room.until(lambda: chart.layer.find(LineKey("entry", 5)))
        entry = chart.line_y("entry", 5)
        await pull(chart, "entry", 5, to)
        await room.until(lambda: room.desk.calls)
        assert chart.line_y("entry", 5) == pytest.approx(entry)

    run(trade())
    ((_name, _ticket, sent_sl, sent_tp),) = room.desk.calls
    assert (sent_sl is not KEEP) == bool(sl)
    assert (sent_tp is not KEEP) == bool(tp)
    assert float(sent_tp if sent_sl is KEEP else sent_sl) == pytest.approx(
        to, abs=pixel_in_price(room.page.chart) * 1.01
    )


def test_pending_orders_are_moved_and_cancelled_on_the_chart(
    room: Any, run: Run, order: Callable[..., PendingOrder]
) -> None:
    async def trade() -> None:
        await room.ready()
        room.feed.work(order(9, sl=1.081))
        chart = room.page.chart
        await room.until(lambda: chart.layer.find(LineKey("order", 9)))
        await pull(chart, "order", 9, 1.0825)
        await room.until(lambda: len(room.desk.calls) == 1)
        await pull(chart, "order.sl", 9, 1.0805)
        await room.until(lambda: len(room.desk.calls) == 2)
        chart.line_closed.emit(LineKey("order", 9))
        await room.until(lambda: len(room.desk.calls) == 3)

    run(trade())
    moved, stop, cancelled = room.desk.calls
    assert moved[:2] == ("modify_order", 9)
    assert float(moved[2]) == pytest.approx(1.0825, abs=pixel_in_price(room.page.chart) * 1.01)
    assert moved[3] is KEEP
    assert stop[2] is KEEP
    assert float(stop[3]) == pytest.approx(1.0805, abs=pixel_in_price(room.page.chart) * 1.01)
    assert cancelled == ("cancel_order", 9)


def test_the_tickets_plan_is_drawn_and_bound_both_ways(room: Any, run: Run) -> None:
    async def plan() -> None:
        await room.ready()
        chart, form = room.page.chart, room.page.ticket.form
        await click(room.window, "ticket.sl.note")
        assert form.sl_field.text()
        assert float(form.sl_field.text()) < 1.08418
        await click(room.window, "ticket.tp.note")
        assert float(form.tp_field.text()) > 1.08423
        await enter(room.window, "ticket.sl", "1.08300")
        assert chart.y_to_price(chart.line_y("ticket.sl")) == pytest.approx(1.083)
        await room.until(lambda: "1.00 %" in chart.layer.find(LineKey("ticket.sl")).text)
        assert len(chart.scene.zones) == 2
        await pull(chart, "ticket.sl", 0, 1.08350)
        assert float(form.sl_field.text()) == pytest.approx(1.0835, abs=pixel_in_price(chart) * 1.01)
        assert len(form.sl_field.text()) == 7
        chart.line_closed.emit(LineKey("ticket.tp"))
        assert form.tp_field.text() == ""
        assert chart.layer.find(LineKey("ticket.tp")) is None

    run(plan())
    assert room.desk.calls == []


def test_the_entry_of_a_pending_plan_is_dragged_too(room: Any, run: Run) -> None:
    async def plan() -> None:
        await room.ready()
        await click(room.window, "ticket.kind.limit")
        chart = room.page.chart
        await room.until(lambda: chart.layer.find(LineKey("ticket.price")))
        await pull(chart, "ticket.price", 0, 1.0839)
        field = room.page.ticket.form.price_field
        assert float(field.text()) == pytest.approx(1.0839, abs=pixel_in_price(chart) * 1.01)

    run(plan())


def test_a_position_that_is_gone_takes_its_dragged_line_along(
    room: Any, run: Run, position: Callable[..., Position]
) -> None:
    async def trade() -> None:
        await room.ready()
        room.feed.hold(position(5))
        await room.until(lambda: room.page.chart.layer.find(LineKey("sl", 5)))
        room.feed.positions = ()
        await pull(room.page.chart, "sl", 5, 1.0830)
        await room.until(lambda: not room.page.chart.layer.lines)

    run(trade())
    assert room.desk.calls == []


def test_a_drag_into_the_stops_level_is_told_before_it_is_let_go(
    room: Any, run: Run, position: Callable[..., Position]
) -> None:
    async def trade() -> None:
        await room.ready()
        room.terminal.specs["EURUSD"] = replace(room.terminal.specs["EURUSD"], stops_level=100)
        room.page.panel.reload()
        await room.until(lambda: room.page.lines.spec.stops_level == 100)
        room.feed.hold(position(5))
        chart, key = room.page.chart, LineKey("sl", 5)
        await room.until(lambda: chart.layer.find(key))
        for price, close in ((1.0840, True), (1.0850, True), (1.0830, False), (1.0831, False)):
            chart.line_dragged.emit(key, price)  # the price is 1.08418
            line = chart.layer.find(key)
            assert line is not None
            assert (line.tone == "warning", "too close to the price" in line.text) == (close, close)
        assert room.desk.calls == []
        await room.until(lambda: not room.context.tasks._running)

    run(trade())


def test_a_stop_limit_shows_where_it_is_filled(room: Any, run: Run, order: Callable[..., PendingOrder]) -> None:
    async def look() -> None:
        await room.ready()
        room.feed.work(order(7, kind=OrderKind.STOP_LIMIT, price=1.0900, stop_limit_price=1.0890, sl=1.0880, tp=1.0910))
        chart = room.page.chart
        await room.until(lambda: chart.layer.find(LineKey("order.limit", 7)))
        texts = {line.key.kind: (line.text, line.price) for line in chart.layer.lines}
        assert texts["order.limit"] == ("Limit", 1.0890)
        assert texts["order.sl"][0].startswith("SL  −10.0 pips")
        assert texts["order.tp"][0].startswith("TP  +20.0 pips")
        orders = room.page.blotter.orders
        cells = {column.title: cell[0] for column, cell in zip(orders.columns, orders.cells(0), strict=True)}
        assert (cells["Price"], cells["Limit"]) == ("1.09000", "1.08900")

    run(look())

from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from agent_core.protocol.jobs import CloseAllPayload, JobType
from agent_core.terminal.models import PendingOrder, Position
from app.tour.hands import click
from app.trade.table_model import SORT_ROLE, TONE_ROLE

Run = Callable[[Any], Any]


def press(room: Any, table: Any, row: int, action: str) -> None:
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=table.action_point(row, action))


def column(model: Any, title: str) -> int:
    return [each.title for each in model.columns].index(title)


def test_positions_are_shown_with_numbers_right_and_owners_named(
    room: Any, run: Run, position: Callable[..., Position]
) -> None:
    async def look() -> None:
        await room.ready()
        room.feed.hold(
            position(1), position(2, "USDJPY", price_open=150.1, price_current=149.8, sl=None, profit=-3.0, magic=12)
        )
        blotter, model = room.page.blotter, room.page.blotter.positions
        await room.until(lambda: model.rowCount() == 2)

        def cell(row: int, title: str, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
            return model.data(model.index(row, column(model, title)), role)

        assert [cell(0, t) for t in ("Symbol", "Side", "Lots", "Open", "R")] == [
            "EURUSD",
            "Buy",
            "0.61",
            "1.08352",
            "+0.65",
        ]
        assert cell(0, "P/L") == "+40.26 USD"
        assert (cell(0, "P/L", TONE_ROLE), cell(1, "P/L", TONE_ROLE)) == ("up", "down")
        assert (cell(1, "Open"), cell(1, "S/L"), cell(1, "R")) == ("150.100", "–", "–")
        assert cell(0, "P/L", Qt.ItemDataRole.TextAlignmentRole) & Qt.AlignmentFlag.AlignRight
        assert (cell(0, "Owner"), cell(1, "Owner")) == ("Manual", "Manual")
        beat = SimpleNamespace(magic=12, profit=0.0)
        room.context.signals.deployment.emit(SimpleNamespace(project_name="Scalper", version_number=3, beat=beat))
        assert cell(1, "Owner") == "Scalper v3"
        assert blotter._tabs["positions"].text() == "Positions  2"

    run(look())


def test_a_new_profit_announces_its_cell_alone_and_keeps_the_selection(
    room: Any, run: Run, position: Callable[..., Position]
) -> None:
    async def look() -> None:
        await room.ready()
        model, table = room.page.blotter.positions, room.page.blotter.positions_table
        room.feed.hold(position(1), position(2))
        await room.until(lambda: model.rowCount() == 2)
        table.selectionModel().select(
            model.index(1, 0), QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        )
        changed: list[tuple[int, int, int]] = []
        model.dataChanged.connect(lambda a, b, _roles: changed.append((a.row(), a.column(), b.column())))
        model.modelReset.connect(lambda: pytest.fail("reset"))
        room.feed.hold(position(1), position(2, profit=41.0))
        profit = column(model, "P/L")
        await room.until(lambda: changed)
        assert changed == [(1, profit, profit)]
        room.feed.hold(position(2, profit=41.0), position(3))
        await room.until(lambda: [row.position.ticket for row in model.rows] == [2, 3])
        assert [index.row() for index in table.selectionModel().selectedRows()] == [0]

    run(look())


def test_rows_that_are_not_seen_are_not_announced(room: Any, run: Run, position: Callable[..., Position]) -> None:
    async def look() -> None:
        await room.ready()
        model = room.page.blotter.positions
        room.feed.hold(*(position(n) for n in range(200)))
        await room.until(lambda: model.rowCount() == 200)
        changed: list[int] = []
        model.dataChanged.connect(lambda a, _b, _roles: changed.append(a.row()))
        room.feed.hold(*(position(n, profit=50.0 + n) for n in range(200)))
        await room.until(lambda: changed)
        assert max(changed) < 30
        last = model.index(199, column(model, "P/L"))
        assert model.data(last) == "+249.00 USD"

    run(look())


def test_sorting_is_by_number_and_nothing_jumps_afterwards(
    room: Any, run: Run, position: Callable[..., Position]
) -> None:
    async def look() -> None:
        await room.ready()
        model = room.page.blotter.positions
        room.feed.hold(
            position(1, profit=9.0), position(2, profit=-100.0), position(3, profit=10.0), position(4, sl=None)
        )
        await room.until(lambda: model.rowCount() == 4)
        model.sort(column(model, "P/L"), Qt.SortOrder.AscendingOrder)
        assert [row.position.ticket for row in model.rows] == [2, 1, 3, 4]
        assert model.data(model.index(0, column(model, "P/L")), SORT_ROLE) == -100.0
        room.feed.hold(position(1, profit=99.0), position(2), position(3), position(4))
        await room.until(lambda: model.rows[1].profit == 99.0)
        assert [row.position.ticket for row in model.rows] == [2, 1, 3, 4]
        model.sort(column(model, "S/L"), Qt.SortOrder.DescendingOrder)

    run(look())


def test_buttons_in_a_row_close_half_or_all_of_a_position(
    room: Any, run: Run, position: Callable[..., Position]
) -> None:
    async def trade() -> None:
        await room.ready()
        table = room.page.blotter.positions_table
        room.feed.hold(position(1), position(2, volume=0.01))
        await room.until(lambda: room.page.blotter.positions.rowCount() == 2)
        press(room, table, 0, "half")
        press(room, table, 0, "close")  # one at a time for each position
        await room.until(lambda: room.desk.calls)
        press(room, table, 1, "half")
        await room.until(lambda: any("Half of 0.01" in text for text in room.context.toasts.messages))
        press(room, table, 1, "close")
        await room.until(lambda: len(room.desk.calls) == 2)

    run(trade())
    assert room.desk.calls == [("close_position", 1, Decimal("0.30")), ("close_position", 2, None)]


def test_orders_are_cancelled_and_closing_all_asks_first(
    room: Any, run: Run, position: Callable[..., Position], order: Callable[..., PendingOrder]
) -> None:
    async def trade() -> None:
        await room.ready()
        room.feed.work(order(9))
        room.feed.hold(position(1), position(2, profit=-5.0))
        await room.until(room.page.blotter.orders.rowCount)
        model = room.page.blotter.orders
        assert model.data(model.index(0, column(model, "Type"))) == "Buy limit"
        assert model.data(model.index(0, column(model, "Distance"))) == "12.3 pips"
        await click(room.window, "blotter.orders")
        press(room, room.page.blotter.orders_table, 0, "cancel")
        await room.until(lambda: room.desk.calls == [("cancel_order", 9)])
        await click(room.window, "blotter.positions")
        await click(room.window, "positions.close_all")
        await click(room.window, "positions.close_all.confirm.reject")
        await room.until(lambda: room.window.findChild(QWidget, "positions.close_all.confirm") is None)
        await click(room.window, "positions.close_all")
        await click(room.window, "positions.close_all.confirm.accept")
        await room.until(lambda: len(room.desk.calls) == 2)
        assert room.desk.calls[1] == (JobType.CLOSE_ALL, CloseAllPayload(cancel_orders=False, stop_eas=False))
        await click(room.window, "positions.close_winners")
        await click(room.window, "positions.close_winners.confirm.accept")
        await room.until(lambda: room.desk.calls[2:] == [("close_position", 1, None)])

    run(trade())


def test_empty_tables_say_what_to_do(room: Any, run: Run) -> None:
    async def look() -> None:
        await room.ready()
        for name in ("positions", "orders", "history"):
            await click(room.window, f"blotter.{name}")
            empty = room.window.findChild(QWidget, f"{name}.empty")
            assert empty.isVisible()
            assert empty.text.text()
        assert not room.page.blotter.close_all.isEnabled()

    run(look())

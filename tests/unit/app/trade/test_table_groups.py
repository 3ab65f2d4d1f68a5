"""Groups of rows, the order that follows the figures, and trailing stops from the menu."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from agent_core.terminal.models import Position, Side
from app.trade.row_menus import group_menu
from app.trade.table_model import GroupLine

Run = Callable[[Any], Any]


def shown(model: Any) -> list[Any]:
    lines = (model.line(number) for number in range(model.rowCount()))
    return [line.name if isinstance(line, GroupLine) else line.position.ticket for line in lines]


async def grouped(room: Any, position: Callable[..., Position]) -> Any:
    await room.ready()
    room.feed.hold(
        position(1), position(2, "USDJPY", Side.SELL, profit=-3.0), position(3, profit=5.5, volume=0.1), position(4)
    )
    blotter = room.page.blotter
    await room.until(lambda: blotter.positions.rowCount() == 4)
    blotter.panels[0].group_by("symbol")
    return blotter


def test_positions_of_a_symbol_stand_under_their_sum(room: Any, run: Run, position: Callable[..., Position]) -> None:
    async def look() -> None:
        blotter = await grouped(room, position)
        model, table = blotter.positions, blotter.positions_table
        assert shown(model) == ["EURUSD", 1, 3, 4, "USDJPY", 2]
        titles = [column.title for column in model.columns]
        line = dict(zip(titles, (text for text, _tone in model.cells(0)), strict=True))
        assert (line["Symbol"], line["Lots"], line["P/L"]) == ("▾  EURUSD  3", "+1.32", "+86.02 USD")
        QTest.mouseClick(
            table.viewport(), Qt.MouseButton.LeftButton, pos=table.visualRect(model.index(0, 0)).center() + QPoint(2, 0)
        )
        assert shown(model) == ["EURUSD", "USDJPY", 2]
        assert [row.position.ticket for row in model.rows] == [1, 3, 4, 2]
        room.feed.hold(position(2, "USDJPY", Side.SELL, profit=-9.0), position(5), position(6, "AUDUSD"))
        await room.until(lambda: shown(model) == ["AUDUSD", 6, "EURUSD", "USDJPY", 2])
        table.setCurrentIndex(model.index(2, 0))
        QTest.keyClick(table, Qt.Key.Key_Return)
        assert shown(model) == ["AUDUSD", 6, "EURUSD", 5, "USDJPY", 2]
        group = model.line(0)
        assert isinstance(group, GroupLine)
        assert [action.text() for action in group_menu(table, blotter._actions, group).actions()] == [
            "Close all of AUDUSD …"
        ]
        assert room.context.ui.values.table_groups == {"positions.table": "symbol"}
        menu = QMenu(table)
        blotter.panels[0].fill_menu(menu)
        next(action for action in menu.actions() if action.text() == "No groups").trigger()
        assert set(shown(model)) == {2, 5, 6}

    run(look())


def test_the_order_follows_the_figures_when_nobody_points_at_it(
    room: Any, run: Run, position: Callable[..., Position]
) -> None:
    async def look() -> None:
        await room.ready()
        room.feed.hold(*(position(n, profit=float(n)) for n in range(200)))
        blotter = room.page.blotter
        model, table = blotter.positions, blotter.positions_table
        await room.until(lambda: model.rowCount() == 200)
        table.sortByColumn([column.title for column in model.columns].index("P/L"), Qt.SortOrder.DescendingOrder)
        rows = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        table.selectionModel().select(model.index(60, 0), rows)
        table.verticalScrollBar().setValue(900)
        held = model.line(60).position.ticket
        room.feed.hold(*(position(n, profit=float(-n)) for n in range(200)))
        await room.until(lambda: min(row.profit for row in model.rows) == -199.0)
        model.arrange()
        assert shown(model) == list(range(200))
        (chosen,) = table.selectionModel().selectedRows()
        assert model.line(chosen.row()).position.ticket == held
        assert table.verticalScrollBar().value() == 900

    run(look())


def test_a_stop_trails_from_the_menu_and_its_cell_says_so(
    room: Any, run: Run, position: Callable[..., Position]
) -> None:
    async def trade() -> None:
        await room.ready()
        room.feed.hold(position(1))
        blotter = room.page.blotter
        await room.until(blotter.positions.rowCount)

        def choose(text: str) -> None:
            menu = blotter.position_menu(blotter.positions.rows[0])
            trailing = next(action.menu() for action in menu.actions() if action.text() == "Trailing stop")
            next(action for action in trailing.actions() if action.text() == text).trigger()

        choose("15 pips")
        await room.until(lambda: blotter.positions.rows[0].trailing)
        titles = [column.title for column in blotter.positions.columns]
        assert blotter.positions.cells(0)[titles.index("S/L")] == ("1.08251", "accent")
        assert "while this program runs" in room.context.toasts.messages[-1]
        choose("At its present distance")
        assert room.context.agent.trailing.distances == {1: Decimal("0.00167")}
        choose("Off")
        await room.until(lambda: not blotter.positions.rows[0].trailing)

    run(trade())

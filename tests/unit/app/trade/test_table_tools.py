"""Filter, columns, totals, export, menus and editing of the tables."""

import csv
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QMenu

from agent_core.terminal.models import PendingOrder, Position, Side
from agent_core.trading.models import KEEP
from app.tour.hands import click, enter
from app.trade.table_export import table_text

Run = Callable[[Any], Any]


def choose(menu: QMenu, text: str) -> None:
    next(action for action in menu.actions() if action.text() == text).trigger()


def section(table: Any, title: str) -> int:
    return [column.title for column in table.table.columns].index(title)


def type_into(table: Any, row: int, title: str, text: str) -> None:
    cell = table.visualRect(table.table.index(row, section(table, title)))
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=cell.center())
    QTest.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=cell.center())
    editor = next(each for each in table.findChildren(QLineEdit, "table.editor") if each.isVisible())
    editor.selectAll()
    QTest.keyClicks(editor, text)
    QTest.keyClick(editor, Qt.Key.Key_Return)


async def filled(room: Any, position: Callable[..., Position]) -> Any:
    await room.ready()
    room.feed.hold(
        position(1), position(2, "USDJPY", Side.SELL, profit=-3.0), position(3, profit=5.5, volume=0.1, comment="=1+1")
    )
    await room.until(lambda: room.page.blotter.positions.rowCount() == 3)
    return room.page.blotter


def test_the_filter_keeps_matching_rows_and_their_totals(
    room: Any, run: Run, position: Callable[..., Position]
) -> None:
    async def look() -> None:
        blotter = await filled(room, position)
        total = room.window.findChild(QLabel, "positions.table.total")
        assert total.text() == "+42.76 USD"
        await enter(room.window, "blotter.filter", "sell usd")
        assert [row.position.ticket for row in blotter.positions.rows] == [2]
        assert total.text() == "−3.00 USD"
        room.feed.hold(position(2, "USDJPY", Side.SELL, profit=-4.0), position(4, "USDCHF", Side.SELL))
        await room.until(lambda: [row.position.ticket for row in blotter.positions.rows] == [2, 4])
        assert blotter._tabs["positions"].text() == "Positions  2"
        blotter.filter.setText("nothing like it")
        assert blotter.positions_table.isVisible()
        blotter.filter.clear()
        assert blotter.positions.rowCount() == 2

    run(look())


def test_columns_are_chosen_and_remembered(room: Any, run: Run, position: Callable[..., Position]) -> None:
    async def look() -> None:
        blotter = await filled(room, position)
        panel, table = blotter.panels[0], blotter.positions_table
        menu = panel.column_menu()
        assert not menu.actions()[0].isEnabled()
        choose(menu, "Owner")
        assert table.isColumnHidden(section(table, "Owner"))
        assert room.context.ui.values.hidden_columns == {"positions.table": ["Owner"]}
        assert table.horizontalHeader().length() <= table.viewport().width()
        choose(panel.column_menu(), "Owner")
        assert not table.isColumnHidden(section(table, "Owner"))

    run(look())


def test_a_narrow_table_keeps_its_result_and_buttons_in_sight(
    room: Any, run: Run, position: Callable[..., Position]
) -> None:
    async def look() -> None:
        table = (await filled(room, position)).positions_table
        table.resize(740, 200)
        await room.until(lambda: table.isColumnHidden(section(table, "Opened")))
        assert table.horizontalHeader().length() <= table.viewport().width()
        assert not table.isColumnHidden(section(table, "P/L"))
        table.resize(1100, 200)
        await room.until(lambda: not table.isColumnHidden(section(table, "Opened")))

    run(look())


def test_rows_are_saved_and_copied_as_plain_numbers(
    room: Any, run: Run, position: Callable[..., Position], tmp_path: Path
) -> None:
    async def look() -> None:
        blotter = await filled(room, position)
        path = tmp_path / "Händler 1.csv"
        blotter.panels[0].save_to(str(path))
        assert path.read_bytes().startswith(b"\xef\xbb\xbf")
        rows = list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))
        assert [(row["Symbol"], row["P/L"], row["Opened"][:10]) for row in rows[:2]] == [
            ("EURUSD", "40.26", "2026-11-20"), ("USDJPY", "-3", "2026-11-20"),
        ]  # fmt: skip
        blotter.positions_table.selectRow(1)
        blotter.positions_table.setFocus()
        QTest.keyClick(blotter.positions_table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
        await room.until(lambda: "USDJPY" in QGuiApplication.clipboard().text())
        assert len(QGuiApplication.clipboard().text().splitlines()) == 2
        blotter.panels[0].save_to(str(tmp_path / "no" / "folder.csv"))
        assert "can't be written" in room.context.toasts.messages[-1]

    run(look())


def test_a_level_is_edited_in_its_cell(
    room: Any, run: Run, position: Callable[..., Position], order: Callable[..., PendingOrder]
) -> None:
    async def trade() -> None:
        blotter = await filled(room, position)
        room.feed.work(order(9))
        type_into(blotter.positions_table, 0, "S/L", "1,08300")
        await room.until(lambda: len(room.desk.calls) == 1)
        type_into(blotter.positions_table, 0, "T/P", "abc")
        await room.until(lambda: any("not a number" in text for text in room.context.toasts.messages))
        type_into(blotter.positions_table, 0, "T/P", " ")
        await room.until(lambda: len(room.desk.calls) == 2)
        await click(room.window, "blotter.orders")
        type_into(blotter.orders_table, 0, "Price", "1.0825")
        await room.until(lambda: len(room.desk.calls) == 3)

    run(trade())
    assert room.desk.calls == [
        ("modify_position", 1, Decimal("1.08300"), KEEP),
        ("modify_position", 1, KEEP, None),
        ("modify_order", 9, Decimal("1.08250"), KEEP, KEEP),
    ]


def test_typing_goes_on_while_the_figures_change(room: Any, run: Run, position: Callable[..., Position]) -> None:
    async def look() -> None:
        blotter = await filled(room, position)
        table, model = blotter.positions_table, blotter.positions
        table.edit(model.index(0, section(table, "S/L")))
        editor = table.findChild(QLineEdit, "table.editor")
        editor.setText("1.08")
        room.feed.hold(*(position(n, price_current=1.085, sl=1.0826, profit=99.0) for n in (1, 2, 3)))
        await room.until(lambda: model.rows[0].profit == 99.0)
        assert editor.text() == "1.08"

    run(look())


def test_the_menu_closes_parts_and_groups_and_moves_the_stop(
    room: Any, run: Run, position: Callable[..., Position]
) -> None:
    async def trade() -> None:
        blotter = await filled(room, position)

        async def after(text: str, calls: int, dialog: str = "") -> None:
            choose(blotter.position_menu(blotter.positions.rows[0]), text)
            if dialog:
                await click(room.window, f"positions.{dialog}.confirm.accept")
            await room.until(lambda: len(room.desk.calls) == calls and not blotter._actions._busy)

        await after("Close 25 %", 1)
        await after("Close 75 %", 2)
        await after("Stop to break-even", 3)
        await after("Close losers …", 4, "close_losers")
        await after("Close all EURUSD …", 6, "close_symbol")

    run(trade())
    assert room.desk.calls == [
        ("close_position", 1, Decimal("0.15")), ("close_position", 1, Decimal("0.45")),
        ("modify_position", 1, Decimal("1.08352"), KEEP), ("close_position", 2, None),
        ("close_position", 1, None), ("close_position", 3, None),
    ]  # fmt: skip


def test_a_position_is_turned_round_after_a_question_and_closed_by_an_opposite_one(
    room: Any, run: Run, position: Callable[..., Position]
) -> None:
    async def trade() -> None:
        blotter = await filled(room, position)
        blotter._actions.reverse(blotter.positions.rows[0].position)
        await click(room.window, "positions.reverse.confirm.accept")
        await room.until(lambda: len(room.desk.calls) == 1 and not blotter._actions._busy)
        menus = blotter.position_menu(blotter.positions.rows[0]).findChildren(QMenu)
        assert not next(menu for menu in menus if menu.title() == "Close by").isEnabled()
        room.feed.hold(position(1), position(4, side=Side.SELL, volume=0.2))
        await room.until(lambda: blotter.positions.rowCount() == 2)
        menus = blotter.position_menu(blotter.positions.rows[0]).findChildren(QMenu)
        choose(next(menu for menu in menus if menu.title() == "Close by"), "Sell 0.20 (4)")
        await room.until(lambda: len(room.desk.calls) == 2)

    run(trade())
    assert room.desk.calls == [("reverse_position", 1), ("close_by", 1, 4)]


def test_a_header_sorts_up_down_and_not_at_all(room: Any, run: Run, position: Callable[..., Position]) -> None:
    async def look() -> None:
        blotter = await filled(room, position)
        table, model = blotter.positions_table, blotter.positions
        header, number = table.horizontalHeader(), section(table, "P/L")
        place = QPoint(header.sectionViewportPosition(number) + 20, 10)
        seen = []
        for _ in range(3):
            QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
            seen.append([row.position.ticket for row in model.rows])
        assert seen == [[2, 3, 1], [1, 3, 2], [1, 2, 3]]
        held = [position(each) for each in (7, 1, 2, 3)]
        room.feed.hold(*held)  # a new first row stands first, as the history's newest trade does
        await room.until(lambda: [row.position.ticket for row in model.rows] == [7, 1, 2, 3])

    run(look())


def test_what_is_not_there_is_an_empty_cell_elsewhere(room: Any, run: Run, position: Callable[..., Position]) -> None:
    async def look() -> None:
        blotter = await filled(room, position)
        room.feed.hold(position(1, tp=None, sl=None))
        await room.until(lambda: blotter.positions.rowCount() == 1)
        line = table_text(blotter.positions_table.shown_columns(), blotter.positions.rows).splitlines()[1]
        assert "–" not in line
        assert ",," in line

    run(look())


def test_no_table_hides_its_last_column_in_the_smallest_window(
    room: Any, run: Run, position: Callable[..., Position], order: Callable[..., PendingOrder]
) -> None:
    async def look() -> None:
        await room.ready()
        blotter = room.page.blotter
        room.window.resize(968, 640)  # as much as the page has in a window of 1024 × 700
        tables = {"positions": blotter.positions_table, "orders": blotter.orders_table}
        room.feed.hold(position(1))
        room.feed.work(order(2))
        await room.until(lambda: blotter.orders.rowCount() and blotter.positions.rowCount())
        for name, table in tables.items():
            blotter.show_tab(name)
            await room.until(lambda each=table: each.width() == blotter.width())
            assert table.horizontalHeader().length() <= table.viewport().width(), name

    run(look())

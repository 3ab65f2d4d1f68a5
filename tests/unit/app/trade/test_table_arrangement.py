"""Columns that are moved and widened and the order of rows: kept, and part of the window's layout."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.theme import Theme
from app.trade.columns import PositionRow, position_columns
from app.trade.table_arrangement import TableArrangement
from app.trade.table_model import TableModel
from app.trade.table_view import TradeTable
from app.ui_settings import UiSettingsFile


@pytest.fixture
def make(theme: Theme, qtbot: Any, position: Any) -> Callable[[UiSettingsFile], TradeTable]:
    hosts: list[QWidget] = []

    def made(ui: UiSettingsFile) -> TradeTable:
        hosts.append(host := QWidget())
        qtbot.addWidget(host)
        model = TableModel(position_columns(lambda _symbol: 5, lambda: "USD"), lambda row: row.position.ticket, host)
        table = TradeTable(theme, "positions.table", model, (("close", "✕", "Close"),))
        table.setParent(host)
        table.resize(1200, 300)
        TableArrangement(table, ui)
        host.show()
        model.set_rows([PositionRow(position(ticket, profit=float(ticket)), "") for ticket in (1, 3, 2)])
        return table

    return made


def titles(table: TradeTable) -> list[str]:
    header = table.horizontalHeader()
    return [table.table.columns[header.logicalIndex(place)].title for place in range(header.count())]


def test_an_arrangement_is_kept_and_follows_the_layout(make: Any, tmp_path: Path, qtbot: Any) -> None:
    ui = UiSettingsFile(tmp_path)
    table = make(ui)
    usual, widths = titles(table), [table.columnWidth(at) for at in range(len(table.table.columns))]
    header, number = table.horizontalHeader(), usual.index("P/L")
    header.moveSection(number, 1)
    header.moveSection(len(usual) - 1, 3)  # the rows' buttons stay where they are
    header.resizeSection(0, 260)
    header.setSortIndicator(number, Qt.SortOrder.DescendingOrder)
    qtbot.waitUntil(lambda: "table.positions.table" in ui.values.layouts)
    assert titles(table)[:2] + titles(table)[-1:] == ["Symbol", "P/L", ""]
    again = make(UiSettingsFile(tmp_path))
    assert titles(again) == titles(table)
    assert abs(again.columnWidth(0) / again.columnWidth(1) - table.columnWidth(0) / table.columnWidth(1)) < 0.05
    assert again.columnWidth(0) > 1.5 * widths[0]
    assert [row.position.ticket for row in again.table.rows] == [3, 2, 1]
    ui.set("layouts", {})  # the usual layout
    assert titles(table) == usual
    assert [table.columnWidth(at) for at in range(len(usual))] == widths
    assert table.table.columns[number].title == "P/L"


def test_a_broken_arrangement_is_the_usual_one(make: Any, tmp_path: Path) -> None:
    ui = UiSettingsFile(tmp_path)
    ui.set_layout("table.positions.table", '{"order": ["P/L", "Gone", 3]')
    table = make(ui)
    assert titles(table)[0] == "Symbol"
    ui.set_layout("table.positions.table", '{"order": ["Gone", "P/L"], "sort": "Gone"}')
    assert titles(table)[0] == "P/L"


def test_what_another_table_keeps_undoes_nothing_here(make: Any, tmp_path: Path) -> None:
    ui = UiSettingsFile(tmp_path)
    ui.set_layout("table.positions.table", '{"widths": {"Symbol": 200}}')
    table = make(ui)
    header, number = table.horizontalHeader(), titles(table).index("P/L")
    assert header.sortIndicatorSection() == -1  # not the column without a title
    header.setSortIndicator(number, Qt.SortOrder.DescendingOrder)
    ui.set_layout("table.orders.table", '{"sort": "Symbol"}')  # before this table's own is kept
    assert [row.position.ticket for row in table.table.rows] == [3, 2, 1]
    ui.set_layout("table.positions.table", '{"sort": "P/L"}')  # another layout is chosen
    assert [row.position.ticket for row in table.table.rows] == [1, 2, 3]

"""Steps on the tables: sorting, filter, columns, totals, groups, CSV, clipboard, levels typed into cells."""

import asyncio
import csv
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLineEdit, QMenu

from app.tour.guide import Guide
from app.tour.hands import enter, find, overwrite, until
from app.tour.step import Step
from app.tour.trading import (
    SYMBOL,
    choose,
    edit_cell,
    groups_of,
    line,
    number_in,
    open_menu,
    positions_table,
    press_header,
    quote,
    row_of,
    spec_of,
    text_of,
    trade_at_market,
    trade_page,
)
from app.trade.table_view import TradeTable

OTHER = "GBPUSD"
#: A third of the sum of several rounded figures may be rounding.
CENTS = Decimal("0.03")


async def positions(guide: Guide) -> None:
    """Three positions in two symbols: sorted by numbers, filtered by words, summed up to the cent."""
    await guide.press("ticket.one_click")
    await trade_at_market(guide, "buy", "0.40", "30")
    await trade_at_market(guide, "sell", "0.10")
    await show(guide, OTHER)
    await trade_at_market(guide, "buy", "0.20", "40")
    table = positions_table(guide)
    await until("the table shows three", lambda: len(table.table.rows) == 3)
    press_header(table, "Lots")
    lots = [row.position.volume for row in table.table.rows]
    guide.check("Sorted by lots, upwards", lots == sorted(lots), lots)
    press_header(table, "Lots")
    lots = [row.position.volume for row in table.table.rows]
    guide.check("and downwards", lots == sorted(lots, reverse=True), lots)
    await guide.picture("sorted")
    total, rows = number_in(text_of(guide, "positions.table.total")), table.table.rows
    shown = sum((number_in(_cell(table, number, "P/L")) for number in range(len(rows))), Decimal(0))
    guide.check("The total is the sum of what the rows show", abs(total - shown) <= CENTS, (total, shown))
    truth = (await guide.terminal.state())["positions"]
    volumes = {each["ticket"]: (each["volume"], each["price_open"], each["sl"] or None) for each in truth}
    seen = {row.position.ticket: (row.position.volume, row.position.price_open, row.position.sl) for row in rows}
    guide.check("Lots, opening price and stop are the terminal's", volumes == seen, (volumes, seen))
    guide.check("The total has the lots", "3 · 0.70 lots" in text_of(guide, "positions.table.count"))
    await enter(guide.window, "blotter.filter", "gbp")
    await until("the filter leaves one", lambda: len(table.table.rows) == 1)
    await guide.picture("filtered")
    guide.check("The total follows the filter", "1 · 0.20 lots" in text_of(guide, "positions.table.count"))
    await enter(guide.window, "blotter.filter", "")
    await until("all are back", lambda: len(table.table.rows) == 3)
    press_header(table, "Lots")
    order = [row.position.ticket for row in table.table.rows]
    guide.check("A third press takes the usual order again", order == sorted(order), order)


async def groups_and_columns(guide: Guide) -> None:
    """Groups by symbol and by owner with their sums; a column is taken out and put back."""
    table = positions_table(guide)
    for name, count in (("symbol", 2), ("owner", 1)):
        await choose(await open_menu(guide, "blotter.table"), f"Group by {name}")
        heads = groups_of(table)
        guide.check(f"Groups by {name}", len(heads) == count, heads)
        await guide.picture(f"by-{name}")
        head = _cells(table, 0)
        sums = sum((number_in(_cell(table, number, "P/L")) for number in range(1, 1 + len(heads[0].rows))), Decimal(0))
        guide.check("A group's sum is that of its rows", abs(number_in(head["P/L"]) - sums) <= CENTS, (head, sums))
    await choose(await open_menu(guide, "blotter.table"), "No groups")
    menu = await open_menu(guide, "blotter.table")
    chooser = next(each for each in menu.findChildren(QMenu) if each.title() == "Columns")
    chooser.popup(menu.pos())
    await guide.picture("chooser")
    chooser.close()
    await choose(menu, "Owner")
    guide.check("The column is gone", "Owner" not in [column.title for column in table.shown_columns()])
    await guide.picture("without-owner")
    await choose(await open_menu(guide, "blotter.table"), "Owner")
    guide.check("It is back", "Owner" in [column.title for column in table.shown_columns()])


async def export(guide: Guide) -> None:
    """What is copied and what is saved as CSV is what the table holds; the file begins with a byte order mark."""
    table = positions_table(guide)
    await choose(await open_menu(guide, "blotter.table"), "Copy")
    copied = list(csv.DictReader(io.StringIO(QGuiApplication.clipboard().text()), delimiter="\t"))
    rows = table.table.rows
    guide.check(
        "Every row is on the clipboard", [each["Symbol"] for each in copied] == [r.position.symbol for r in rows]
    )
    await choose(await open_menu(guide, "blotter.table"), "Save as CSV")
    path = guide.folder / "positions.csv"
    await save_as(guide, path)
    guide.check("The file begins with the mark of UTF-8", path.read_bytes().startswith(b"\xef\xbb\xbf"))
    kept = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))
    guide.check(
        "Lots and prices in it are plain numbers",
        [(float(each["Lots"]), float(each["Open"])) for each in kept]
        == [(row.position.volume, row.position.price_open) for row in rows],
        kept,
    )
    await guide.picture("told")


async def typed_levels(guide: Guide) -> None:
    """Stop and target are typed into the row; the terminal has them, and one on the wrong side is refused."""
    table, spec = positions_table(guide), await spec_of(guide)
    held = next(
        row.position for row in table.table.rows if row.position.symbol == SYMBOL and row.position.side == "BUY"
    )

    def row() -> int:
        return row_of(table, lambda each: each.position.ticket == held.ticket)

    def truth(state: dict[str, Any]) -> dict[str, Any]:
        return next(each for each in state["positions"] if each["ticket"] == held.ticket)

    stop, target = (round(held.price_open + pips * spec.pip, spec.digits) for pips in (-35, 60))
    await edit_cell(guide, table, row(), "S/L", f"{stop:.{spec.digits}f}")
    await guide.until_terminal("the stop is the typed one", lambda now: truth(now)["sl"] == stop)
    await edit_cell(guide, table, row(), "T/P", f"{target:.{spec.digits}f}")
    state = await guide.until_terminal("the target is the typed one", lambda now: truth(now)["tp"] == target)
    guide.check("The stop stayed", truth(state)["sl"] == stop)
    await until("the table shows both", lambda: _cells(table, row())["T/P"] == f"{target:.{spec.digits}f}")
    await show(guide, SYMBOL)
    await until("the chart too", lambda: line(guide, "tp", held.ticket))
    await guide.picture("typed")
    await edit_cell(guide, table, row(), "S/L", f"{held.price_open + 90 * spec.pip:.{spec.digits}f}")
    await until("the refusal is told,", lambda: any("must be below" in each for each in guide.context.toasts.messages))
    guide.check("The terminal still has the old stop", truth(await guide.terminal.state())["sl"] == stop)
    await guide.picture("refused")


async def show(guide: Guide, symbol: str) -> None:
    """Clicks a symbol of the watchlist and waits for its chart and ticket."""
    page = trade_page(guide)
    listed, model = page.watchlist.view, page.watchlist.model
    place = listed.visualRect(model.index(model.row_of(symbol), 0)).center()
    QTest.mouseClick(listed.viewport(), Qt.MouseButton.LeftButton, pos=place)
    await until(f"{symbol} is charted", lambda: page.panel.spec is not None and page.panel.spec.name == symbol)
    await until("the ticket follows", lambda: page.ticket.spec is not None and page.ticket.spec.name == symbol)
    await until("its bars are there", lambda: len(page.chart.model) > 100)
    await quote(guide, symbol)


async def save_as(guide: Guide, path: Path) -> None:
    """Answers the question for a file."""
    await asyncio.to_thread(path.unlink, missing_ok=True)  # of an earlier tour: a question would stand in the way
    dialog = await until("a file is asked for", lambda: find(guide.window, QFileDialog, "table.save"))
    await guide.picture("file")
    (field,) = dialog.findChildren(QLineEdit)
    overwrite(field, str(path))
    QTest.keyClick(field, Qt.Key.Key_Return)
    await until("it is saved", path.exists)


def _cells(table: TradeTable, number: int) -> dict[str, str]:
    titles = [column.title for column in table.table.columns]
    return {title: cell[0] for title, cell in zip(titles, table.table.cells(number), strict=True)}


def _cell(table: TradeTable, number: int, title: str) -> str:
    return _cells(table, number)[title]


STEPS = (
    Step("positions-table", "Positions sorted, filtered, summed up", positions),
    Step("positions-groups", "Positions in groups; the choice of columns", groups_and_columns),
    Step("positions-export", "Positions as CSV and on the clipboard", export),
    Step("positions-edit", "Stop and target typed into the table", typed_levels),
)

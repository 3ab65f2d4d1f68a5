"""What the steps on the Trade page share: ticket, menus, tables, and orders sent the way a trader sends them."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QMenu, QWidget

from agent_core.terminal.models import OrderKind, SymbolSpec
from app.chart.lines import LineKey, TradeLine
from app.tour.guide import Guide
from app.tour.hands import ask_menu, enter, find, overwrite, until
from app.tour.report import CheckFailedError
from app.trade.page import TradePage
from app.trade.table_model import GroupLine
from app.trade.table_view import TradeTable
from app.widgets.buttons import MenuButton

SYMBOL = "EURUSD"


def trade_page(guide: Guide) -> TradePage:
    """Returns the Trade page, which is to be seen."""
    return find(guide.window, TradePage, "trade")


def positions_table(guide: Guide) -> TradeTable:
    """Returns the table of positions, which is to be seen."""
    return find(guide.window, TradeTable, "positions.table")


def text_of(guide: Guide, name: str) -> str:
    """Returns what a label says."""
    return find(guide.window, QLabel, name).text()


def number_in(text: str) -> Decimal:
    """Reads the first number of a text, as the window writes numbers: `−6.45 USD`."""
    plain = text.replace("\u2009", "").replace("\u2212", "-")
    word = next((word for word in plain.split() if any(letter.isdigit() for letter in word)), "")
    if not word:
        raise CheckFailedError(f"There is no number in '{text}'.")
    return Decimal(word.lstrip("+="))


async def spec_of(guide: Guide, symbol: str = SYMBOL) -> SymbolSpec:
    """Returns the contract of a symbol."""
    return await guide.context.agent.terminal.symbol(symbol)


async def quote(guide: Guide, symbol: str = SYMBOL) -> tuple[float, float]:
    """Returns bid and ask of a symbol as soon as there are any."""
    tick = await until(f"a quote of {symbol}", lambda: guide.context.agent.feed.last(symbol))
    return tick.bid, tick.ask


async def open_menu(guide: Guide, name: str) -> QMenu:
    """Presses a button that opens a menu; returns the menu, which is to be seen."""
    button = find(guide.window, MenuButton, name)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton, pos=button.rect().center())
    await until(f"the menu of '{name}' opens", button.choices.isVisible)
    return button.choices


async def choose(menu: QMenu, text: str) -> None:
    """Presses an entry of a menu by the beginning of its text; the entry is found in menus within it too."""
    for each in (menu, *menu.findChildren(QMenu)):
        for action in each.actions():
            if action.menu() is None and action.text().startswith(text):
                if not action.isEnabled():
                    raise CheckFailedError(f"'{action.text()}' can't be chosen.")
                if each.isVisible():
                    QTest.mouseClick(each, Qt.MouseButton.LeftButton, pos=each.actionGeometry(action).center())
                else:
                    action.trigger()
                menu.close()
                return
    raise CheckFailedError(f"The menu has no '{text}'.")


async def choose_in(guide: Guide, name: str, text: str) -> None:
    """Chooses an entry of a button's menu."""
    await choose(await open_menu(guide, name), text)


async def size_in(guide: Guide, mode: str, size: str) -> None:
    """Chooses what the size is given in, and types one."""
    await choose_in(guide, "ticket.size_mode", mode)
    await enter(guide.window, "ticket.size", size)


async def level_in(guide: Guide, name: str, unit: str, value: str) -> None:
    """Chooses what stop ("sl") or target ("tp") is given in, and types one."""
    await choose_in(guide, f"ticket.{name}.unit", unit)
    await enter(guide.window, f"ticket.{name}", value)


async def clear_ticket(guide: Guide) -> None:
    """Leaves the ticket as it was found: a market order of 1 % risk, no levels."""
    await guide.press(f"ticket.kind.{OrderKind.MARKET.value.lower()}")
    for name in ("sl", "tp"):
        await level_in(guide, name, "Price", "")
        await enter(guide.window, f"ticket.{name}", "")
    await size_in(guide, "Risk %", "1.00")


async def until_priced(guide: Guide) -> None:
    """Waits until the ticket has worked its order out."""
    await until("the order is worked out", lambda: any(map(str.isdigit, text_of(guide, "ticket.margin"))))


async def send(guide: Guide, button: str) -> None:
    """Presses "ticket.buy" or "ticket.sell", and says yes where the ticket asks."""
    asks = not trade_page(guide).ticket.one_click.on
    await guide.press(button)
    if asks:
        await guide.press("ticket.confirm.accept")


async def trade_at_market(guide: Guide, side: str, lots: str, stop_pips: str = "") -> int:
    """Buys or sells the ticket's symbol; returns the position's ticket as the terminal gives it."""
    feed = guide.context.agent.feed
    known = {held.ticket for held in feed.positions}
    await size_in(guide, "Lots", lots)
    if stop_pips:
        await level_in(guide, "sl", "Pips", stop_pips)
    else:
        await enter(guide.window, "ticket.sl", "")
    await send(guide, f"ticket.{side}")
    opened = await until(f"{side} {lots} is open", lambda: [p.ticket for p in feed.positions if p.ticket not in known])
    await guide.until_terminal(
        f"{side} {lots} is open", lambda now: any(held["ticket"] == opened[0] for held in now["positions"])
    )
    return opened[0]


async def until_closed(guide: Guide) -> None:
    """Waits until neither terminal nor window know a position."""
    await until("the window knows of none", lambda: not guide.context.agent.feed.positions)
    await guide.until_terminal("no position is open", lambda now: not now["positions"])


def line(guide: Guide, kind: str, ticket: int = 0) -> TradeLine | None:
    """Returns a line on the chart, None while it is not there."""
    return trade_page(guide).chart.layer.find(LineKey(kind, ticket))


def row_of(table: TradeTable, holds: Callable[[Any], bool]) -> int:
    """Returns the number of the first row of which something holds.

    Raises:
        CheckFailedError: there is none.
    """
    for number in range(table.table.rowCount()):
        row = table.table.line(number)
        if not isinstance(row, GroupLine) and holds(row):
            return number
    raise CheckFailedError(f"'{table.objectName()}' has no such row.")


def groups_of(table: TradeTable) -> list[GroupLine[Any]]:
    """Returns the lines over a table's groups."""
    lines = map(table.table.line, range(table.table.rowCount()))
    return [each for each in lines if isinstance(each, GroupLine)]


def press_in_row(table: TradeTable, row: int, action: str) -> None:
    """Presses a button of a row."""
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=table.action_point(row, action))


async def row_menu(table: TradeTable, row: int) -> QMenu:
    """Opens the menu of a row, as the right button does."""
    return await ask_menu(table.viewport(), table.visualRect(table.table.index(row, 0)).center())


def press_header(table: TradeTable, title: str) -> None:
    """Presses the title of a column, which sorts by it."""
    header, number = table.horizontalHeader(), [column.title for column in table.table.columns].index(title)
    place = QPoint(header.sectionViewportPosition(number) + header.sectionSize(number) // 2, header.height() // 2)
    QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)


async def edit_cell(guide: Guide, table: TradeTable, row: int, title: str, text: str) -> None:
    """Types into a cell as a trader does: a double click, the figure, Return."""
    index = table.table.index(row, [column.title for column in table.table.columns].index(title))
    place = table.visualRect(index).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    QTest.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    editor = await until("the cell can be edited", lambda: find(guide.window, QWidget, "table.editor"))
    overwrite(editor, text)
    QTest.keyClick(editor, Qt.Key.Key_Return)

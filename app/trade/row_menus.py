"""The menus of a position, a group of positions and a pending order."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QWidget

from agent_core.terminal.models import PendingOrder, Position
from app import formatting
from app.language import tr
from app.trade.columns import PositionRow
from app.trade.position_actions import SHARES, PositionActions
from app.trade.table_model import GroupLine

TRAILING_PIPS = (10, 15, 20, 30, 50)


def position_menu(parent: QWidget, actions: PositionActions, row: PositionRow, rows: Sequence[PositionRow]) -> QMenu:
    """Returns the menu of a position: what can be done to it, and to those like it."""
    menu, held = row_menu(parent), row.position
    menu.addAction(tr("Close")).triggered.connect(lambda: actions.close(held))
    for share in SHARES:
        menu.addAction(tr(f"Close {share:.0%}".replace("%", " %"))).triggered.connect(
            lambda _checked, part=share: actions.close(held, part)
        )
    menu.addSeparator()
    menu.addAction(tr("Stop to break-even")).triggered.connect(lambda: actions.break_even(held))
    menu.addMenu(_trailing_menu(menu, actions, row))
    menu.addAction(tr("Reverse …")).triggered.connect(lambda: actions.reverse(held))
    menu.addMenu(_close_by_menu(menu, actions, held, rows))
    menu.addSeparator()
    groups: tuple[tuple[str, str, str, Callable[[PositionRow], bool]], ...] = (
        ("Close winners …", "winning position", "close_winners", lambda each: each.profit > 0),
        ("Close losers …", "losing position", "close_losers", lambda each: each.profit < 0),
        (f"Close all {held.symbol} …", f"{held.symbol} position", "close_symbol",
         lambda each: each.position.symbol == held.symbol),
    )  # fmt: skip
    for title, what, name, chosen in groups:
        _add_closing(menu, actions, title, what, name, [each.position for each in rows if chosen(each)])
    menu.addAction(tr("Close all …")).triggered.connect(lambda: actions.close_all(len(rows)))
    return menu


def group_menu(parent: QWidget, actions: PositionActions, group: GroupLine[PositionRow]) -> QMenu:
    """Returns the menu of the line over a group of positions."""
    menu = row_menu(parent)
    positions = [row.position for row in group.rows]
    _add_closing(menu, actions, f"Close all of {group.name} …", f"{group.name} position", "close_group", positions)
    return menu


def order_menu(parent: QWidget, actions: PositionActions, order: PendingOrder, orders: Sequence[PendingOrder]) -> QMenu:
    """Returns the menu of a pending order."""

    def cancel(chosen: Sequence[PendingOrder]) -> None:
        for each in chosen:
            actions.cancel(each)

    menu, same = row_menu(parent), [each for each in orders if each.symbol == order.symbol]
    menu.addAction(tr("Cancel")).triggered.connect(lambda: actions.cancel(order))
    menu.addAction(tr(f"Cancel all {order.symbol}")).triggered.connect(lambda: cancel(same))
    menu.addAction(tr("Cancel all")).triggered.connect(lambda: cancel(list(orders)))
    return menu


def row_menu(parent: QWidget) -> QMenu:
    """Returns an empty menu that goes when it is closed."""
    menu = QMenu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return menu


def _add_closing(
    menu: QMenu, actions: PositionActions, title: str, what: str, name: str, positions: list[Position]
) -> None:
    action = menu.addAction(tr(title))
    action.setEnabled(bool(positions))
    action.triggered.connect(lambda: actions.close_many(positions, what, f"positions.{name}.confirm"))


def _close_by_menu(parent: QMenu, actions: PositionActions, held: Position, rows: Sequence[PositionRow]) -> QMenu:
    """The opposite positions of the symbol; there are none on an account that nets them."""
    menu = QMenu(tr("Close by"), parent)
    for each in (row.position for row in rows):
        if each.symbol == held.symbol and each.side is not held.side:
            text = f"{tr(each.side.value.capitalize())} {formatting.lots(each.volume)} ({each.ticket})"
            menu.addAction(text).triggered.connect(lambda _checked, other=each: actions.close_by(held, other))
    menu.setEnabled(bool(menu.actions()))
    return menu


def _trailing_menu(parent: QMenu, actions: PositionActions, row: PositionRow) -> QMenu:
    menu = QMenu(tr("Trailing stop"), parent)
    menu.addAction(tr("Works while this program runs")).setEnabled(False)
    menu.addSeparator()
    for pips in TRAILING_PIPS:
        menu.addAction(tr(f"{pips} pips")).triggered.connect(
            lambda _checked, distance=Decimal(pips): actions.trail(row.position, distance)
        )
    if row.position.sl is not None:
        menu.addAction(tr("At its present distance")).triggered.connect(lambda: actions.trail(row.position, None))
    off = menu.addAction(tr("Off"))
    off.setEnabled(row.trailing)
    off.triggered.connect(lambda: actions.stop_trailing(row.position))
    return menu

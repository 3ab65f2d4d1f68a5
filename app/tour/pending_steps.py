"""Steps: the kinds of orders, drawn on the chart before they are sent; pending orders, moved, changed, cancelled."""

from decimal import Decimal
from functools import partial
from typing import Any

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QPushButton

from app.tour.guide import Guide
from app.tour.hands import drag, enter, find, until
from app.tour.step import Step
from app.tour.trading import (
    choose,
    clear_ticket,
    edit_cell,
    level_in,
    line,
    press_in_row,
    quote,
    row_menu,
    row_of,
    send,
    size_in,
    spec_of,
    text_of,
    trade_page,
    until_priced,
)
from app.trade.table_view import TradeTable

#: Far enough from the market that none is filled while one looks at it.
AWAY_PIPS = 40


async def kinds(guide: Guide) -> None:
    """Market, limit, stop and stop-limit: what is typed stands on the chart, and the side that fits can be sent."""
    await clear_ticket(guide)
    spec = await spec_of(guide)
    bid, ask = await quote(guide)
    away = AWAY_PIPS * spec.pip
    page = trade_page(guide)
    await size_in(guide, "Lots", "0.10")
    await level_in(guide, "sl", "Pips", "20")
    await level_in(guide, "tp", "R", "2")
    await until("stop and target are drawn", lambda: line(guide, "ticket.sl") and line(guide, "ticket.tp"))
    await until(
        "both sides can be sent", lambda: page.ticket.form.buy.isEnabled() and page.ticket.form.sell.isEnabled()
    )
    await guide.picture("market")
    drawn = {
        "limit": (bid - away, "ticket.buy", "Buy 0.10  limit"),
        "stop": (ask + away, "ticket.buy", "Buy 0.10  stop"),
        "stop_limit": (ask + away, "ticket.buy", "Buy 0.10  stop limit"),
    }
    for kind, (price, button, words) in drawn.items():
        await guide.press(f"ticket.kind.{kind}")
        await enter(guide.window, "ticket.price", f"{price:.{spec.digits}f}")
        entry = "ticket.price"
        if kind == "stop_limit":
            await enter(guide.window, "ticket.limit_price", f"{price - away / 4:.{spec.digits}f}")
            entry = "ticket.limit_price"
        name = kind.replace("_", "-")
        await until(f"the {name} is drawn", partial(_says, guide, entry, words))
        ready = find(guide.window, type(page.ticket.form.buy), button)
        await until(f"the {name} can be sent", ready.isEnabled)
        at = line(guide, "ticket.price")
        guide.check(f"The {name} stands at its price", at is not None and abs(at.price - price) < spec.tick_size, at)
        await guide.picture(name)
    await clear_ticket(guide)


async def pending_orders(guide: Guide) -> None:
    """Three orders really wait in the terminal, in the table and on the chart."""
    spec = await spec_of(guide)
    bid, ask = await quote(guide)
    away = AWAY_PIPS * spec.pip
    await size_in(guide, "Lots", "0.10")
    await level_in(guide, "sl", "Pips", "20")
    await level_in(guide, "tp", "R", "2")
    wanted = (("limit", bid - away, 0.0, "buy"), ("stop", bid - 2 * away, 0.0, "sell"),
              ("stop_limit", ask + away, ask + away / 2, "buy"))  # fmt: skip
    for number, (kind, price, limit, side) in enumerate(wanted, start=1):
        await guide.press(f"ticket.kind.{kind}")
        await enter(guide.window, "ticket.price", f"{price:.{spec.digits}f}")
        if limit:
            await enter(guide.window, "ticket.limit_price", f"{limit:.{spec.digits}f}")
        await until_priced(guide)
        await send(guide, f"ticket.{side}")
        await until(f"{number} orders wait", partial(_known, guide, number))
    await guide.until_terminal("three orders wait", lambda now: len(now["orders"]) == 3)
    await guide.press("blotter.orders")
    table = _orders(guide)
    await until("the table shows three", lambda: table.table.rowCount() == 3)
    truth = {order["ticket"]: order for order in (await guide.terminal.state())["orders"]}
    shown = {order.ticket: order for order in guide.context.agent.feed.orders}
    guide.check(
        "Price, stop and target in the table are the terminal's",
        all((one.price, one.sl, one.tp) == (truth[t]["price_open"], truth[t]["sl"], truth[t]["tp"])
            for t, one in shown.items()) and shown.keys() == truth.keys(),
        truth,
    )  # fmt: skip
    await until("all stand on the chart", lambda: all(line(guide, "order", ticket) for ticket in truth))
    await until("and where the stop-limit fills", lambda: any(line(guide, "order.limit", ticket) for ticket in truth))
    tab = find(guide.window, QPushButton, "blotter.orders").text()
    guide.check("The tab counts them", tab.endswith("3"), tab)
    guide.check("The total is 0.30 lots", "0.30 lots" in text_of(guide, "orders.table.count"))
    await clear_ticket(guide)


async def change_orders(guide: Guide) -> None:
    """One is dragged on the chart, one changed in the table; one is cancelled in the table, one on the chart."""
    spec = await spec_of(guide)
    chart, table = trade_page(guide).chart, _orders(guide)
    orders = {order.kind.value: order for order in guide.context.agent.feed.orders}
    limit, stop, both = orders["LIMIT"], orders["STOP"], orders["STOP_LIMIT"]
    chart.reset_view()
    await until(
        "the limit's line is in sight", lambda: chart.rect().contains(10, round(chart.line_y("order", limit.ticket)))
    )
    x, goal = chart.width() // 3, limit.price + 6 * spec.pip
    start = QPoint(x, round(chart.line_y("order", limit.ticket)))
    await drag(chart, start, QPoint(x, round(chart.price_to_y(goal))))
    state = await guide.until_terminal(
        "the limit is where it was dropped",
        lambda now: (
            abs(_order(now, limit.ticket)["price_open"] - goal) < 2 * spec.pip
            and _order(now, limit.ticket)["price_open"] != limit.price
        ),
    )
    moved = Decimal(str(_order(state, limit.ticket)["price_open"]))
    guide.check("It is snapped to the tick size", moved % Decimal(str(spec.tick_size)) == 0, moved)
    guide.check("Its stop stays", _order(state, limit.ticket)["sl"] == limit.sl)
    await until("the table has the new price", lambda: _price_shown(guide, limit.ticket) == float(moved))
    await guide.picture("dragged")
    price = round(stop.price - 5 * spec.pip, spec.digits)
    await edit_cell(guide, table, row_of(table, lambda o: o.ticket == stop.ticket), "Price", f"{price:.{spec.digits}f}")
    await guide.until_terminal(
        "the stop order has the typed price", lambda now: _order(now, stop.ticket)["price_open"] == price
    )
    await edit_cell(guide, table, row_of(table, lambda o: o.ticket == stop.ticket), "T/P", "")
    await guide.until_terminal("and no target any more", lambda now: not _order(now, stop.ticket)["tp"])
    await until("the table shows it", lambda: _price_shown(guide, stop.ticket) == price)
    await guide.picture("changed")
    press_in_row(table, row_of(table, lambda o: o.ticket == stop.ticket), "cancel")
    await guide.until_terminal("the stop order is cancelled", lambda now: len(now["orders"]) == 2)
    await choose(await row_menu(table, 0), "Cancel all EURUSD")
    await guide.until_terminal("no order waits", lambda now: not now["orders"])
    await until("the table is empty", lambda: not trade_page(guide).blotter.orders.rows)
    guide.check(
        "No line of theirs is left", all(line(guide, "order", each.ticket) is None for each in (limit, stop, both))
    )
    await guide.press("blotter.positions")


def _says(guide: Guide, kind: str, words: str) -> bool:
    drawn = line(guide, kind)
    return drawn is not None and drawn.text == words


def _known(guide: Guide, count: int) -> bool:
    return len(guide.context.agent.feed.orders) == count


def _orders(guide: Guide) -> TradeTable:
    return find(guide.window, TradeTable, "orders.table")


def _order(state: dict[str, Any], ticket: int) -> dict[str, Any]:
    return next(order for order in state["orders"] if order["ticket"] == ticket)


def _price_shown(guide: Guide, ticket: int) -> float:
    return next(float(order.price) for order in _orders(guide).table.rows if order.ticket == ticket)


STEPS = (
    Step("order-kinds", "Market, limit, stop and stop-limit, drawn before they are sent", kinds),
    Step("pending", "Pending orders wait in the table and on the chart", pending_orders),
    Step("pending-changed", "Pending orders are dragged, edited and cancelled", change_orders),
)

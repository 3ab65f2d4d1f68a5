"""Steps: what can be done to open positions. It begins with those that the steps on the tables have opened."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from agent_core.terminal.models import Position
from app.tour.guide import Guide
from app.tour.hands import find, until
from app.tour.step import Step
from app.tour.table_steps import OTHER
from app.tour.trade_steps import QUIET_MARKET_SECONDS
from app.tour.trading import (
    SYMBOL,
    choose,
    clear_ticket,
    groups_of,
    number_in,
    open_menu,
    positions_table,
    press_header,
    press_in_row,
    row_menu,
    row_of,
    spec_of,
    text_of,
    trade_at_market,
    trade_page,
    until_closed,
)
from app.trade.blotter import HISTORY_DAYS
from app.trade.table_view import TradeTable


async def shares(guide: Guide) -> None:
    """A quarter, a half by the row's button, and three quarters of what is left then."""
    held = _position(guide, lambda each: each.symbol == SYMBOL and each.side == "BUY")
    for title, left in (("Close 25 %", 0.30), ("½", 0.15), ("Close 75 %", 0.04)):
        last = guide.context.toasts.messages[-1:]
        if title == "½":
            press_in_row(positions_table(guide), _row(guide, held.ticket), "half")
        else:
            menu = await row_menu(positions_table(guide), _row(guide, held.ticket))
            if left == 0.30:
                await guide.picture("menu")
            await choose(menu, title)
        await until("the closing is told", partial(_told_since, guide, last))
        await until(f"{left:.2f} lots are left", partial(_shows_lots, guide, held.ticket, left))
    await guide.until_terminal("0.04 lots are left", lambda now: _lots(now, held.ticket) == 0.04)
    await until("the parts are in the history", lambda: trade_page(guide).blotter.trades.rows)
    await guide.picture("left")


def _told_since(guide: Guide, last: list[str]) -> bool:
    """Whether there is another message; until then the position takes no other order."""
    return guide.context.toasts.messages[-1:] not in ([], last)


async def stops(guide: Guide) -> None:
    """The stop goes to break-even, is refused where the price does not allow it, or follows the price."""
    held, spec = _position(guide, lambda each: each.symbol == SYMBOL and each.side == "BUY"), await spec_of(guide)
    before = held.sl
    await choose(await row_menu(positions_table(guide), _row(guide, held.ticket)), "Stop to break-even")
    told = await until("what became of it is told", lambda: guide.context.toasts.messages[-1:])
    truth = next(each for each in (await guide.terminal.state())["positions"] if each["ticket"] == held.ticket)
    in_profit = abs(truth["sl"] - held.price_open) < 3 * spec.pip
    guide.check("The stop is at break-even, or stays with the reason told", in_profit or truth["sl"] == before, told)
    await guide.picture("break-even")
    # A stop at break-even may be taken by the next quote, so another position has its stop trailed.
    held = _position(guide, lambda each: each.symbol == OTHER)
    await choose(await row_menu(positions_table(guide), _row(guide, held.ticket)), "15 pips")
    agent = guide.context.agent
    await until("the stop trails", lambda: agent.trailing.distances.get(held.ticket) is not None)
    await guide.picture("trailing")
    await choose(await row_menu(positions_table(guide), _row(guide, held.ticket)), "Off")
    guide.check("It stands still again", held.ticket not in agent.trailing.distances)


async def reverse(guide: Guide) -> None:
    """Closes a position and opens as much on the other side, after a question whose default is no."""
    held = _position(guide, lambda each: each.symbol == OTHER)
    await choose(await row_menu(positions_table(guide), _row(guide, held.ticket)), "Reverse")
    await until("it asks", lambda: find(guide.window, QWidget, "positions.reverse.confirm"))
    await guide.picture("question")
    await guide.press("positions.reverse.confirm.accept")
    state = await guide.until_terminal(
        "the other side is open",
        lambda now: (
            any(each["symbol"] == OTHER and each["type"] == 1 for each in now["positions"])
            and _lots(now, held.ticket) is None
        ),
    )
    (other,) = (each for each in state["positions"] if each["symbol"] == OTHER)
    guide.check("It is as large", other["volume"] == held.volume, other)
    await until(
        "the table shows it", lambda: any(p.ticket == other["ticket"] for p in guide.context.agent.feed.positions)
    )
    await guide.picture("reversed")


async def close_many(guide: Guide) -> None:
    """Winners, all of a symbol, losers: each takes exactly those, after a question."""
    feed, button = guide.context.agent.feed, find(guide.window, QPushButton, "positions.close_winners")
    if button.isEnabled():
        await guide.press("positions.close_winners")
        await _close(guide, "winners")
    else:
        guide.check("Without a winner there is none to close", all(p.profit + p.swap <= 0 for p in feed.positions))
    if not feed.positions:
        await trade_at_market(guide, "buy", "0.05")
    symbol = feed.positions[0].symbol
    await choose(await row_menu(positions_table(guide), 0), f"Close all {symbol}")
    await _close(guide, "symbol")
    guide.check("None of the symbol is left", all(p.symbol != symbol for p in feed.positions))
    await trade_at_market(guide, "buy", "0.05")
    await until("one loses", lambda: any(p.profit < 0 for p in feed.positions), QUIET_MARKET_SECONDS)
    await choose(await row_menu(positions_table(guide), 0), "Close losers")
    await _close(guide, "losers")
    if feed.positions:
        await guide.press("positions.close_all")
        await guide.press("positions.close_all.confirm.accept")
    await until_closed(guide)
    await guide.press("ticket.one_click")
    await clear_ticket(guide)


async def history_table(guide: Guide) -> None:
    """The history holds all of it: closed trades by symbol, their sum the terminal's own to the cent."""
    await guide.press("blotter.history")
    table = find(guide.window, TradeTable, "trades.table")
    agent = guide.context.agent
    deals = await agent.terminal.deals(datetime.now(UTC) - timedelta(days=HISTORY_DAYS))
    truth = (await guide.terminal.state())["account"]["balance"]
    paid_in = sum(deal.profit for deal in deals if deal.side is None)
    await until("all trades are closed", lambda: all(trade.closed for trade in table.table.rows))
    net = Decimal(str(truth)) - Decimal(str(paid_in))
    shown = number_in(text_of(guide, "trades.table.total"))
    guide.check(
        "The total is what the balance has changed by, to the cent",
        shown == net.quantize(Decimal("0.01")),
        (shown, net),
    )
    press_header(table, "Net P/L")
    results = [trade.net for trade in table.table.rows]
    guide.check("Sorted by result", results == sorted(results), results)
    await guide.picture("sorted")
    for _press in range(2):
        press_header(table, "Net P/L")
    ended = [trade.closed or datetime.now(UTC) for trade in table.table.rows]
    guide.check("The usual order begins with the newest", ended == sorted(ended, reverse=True), ended)
    await choose(await open_menu(guide, "blotter.table"), "Group by symbol")
    heads = groups_of(table)
    guide.check("Grouped by symbol", {head.name for head in heads} >= {SYMBOL, OTHER}, heads)
    await guide.picture("grouped")
    await choose(await open_menu(guide, "blotter.table"), "No groups")
    await guide.press("blotter.positions")


def _row(guide: Guide, ticket: int) -> int:
    return row_of(positions_table(guide), lambda row: row.position.ticket == ticket)


def _position(guide: Guide, holds: Callable[[Position], bool]) -> Position:
    return next(each for each in guide.context.agent.feed.positions if holds(each))


def _lots(state: dict[str, Any], ticket: int) -> float | None:
    return next((each["volume"] for each in state["positions"] if each["ticket"] == ticket), None)


def _shows_lots(guide: Guide, ticket: int, lots: float) -> bool:
    """Whether the table says so: its buttons take shares of what it shows, which is a moment behind the feed."""
    rows = trade_page(guide).blotter.positions.all_rows
    return any(row.position.ticket == ticket and row.position.volume == lots for row in rows)


async def _close(guide: Guide, which: str) -> None:
    """Says yes to the question; as many as it names are closed then, and no others."""
    feed, name = guide.context.agent.feed, f"positions.close_{which}.confirm"
    title = await until("it asks", lambda: find(guide.window, QLabel, f"{name}.title").text())
    await guide.picture(which)
    left = len(feed.positions) - int(number_in(title))
    await guide.press(f"{name}.accept")
    await until(f"{which} are closed", lambda: len(feed.positions) <= left)
    await guide.until_terminal(f"{left} are left", lambda now: len(now["positions"]) == left)


STEPS = (
    Step("close-shares", "A quarter, half and three quarters are closed", shares),
    Step("stops", "Break-even and trailing", stops),
    Step("reverse", "A position is reversed", reverse),
    Step("close-many", "Winners, losers, a symbol and all are closed", close_many),
    Step("history-table", "The history of it, summed up", history_table),
)

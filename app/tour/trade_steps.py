"""Steps on the Trade page; every number is checked against the terminal's own."""

from decimal import Decimal
from typing import Any

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QLineEdit, QWidget

from app.chart.widget import ChartWidget
from app.tour.guide import Guide
from app.tour.hands import drag, enter, find, until
from app.tour.trading import SYMBOL, positions_table, press_in_row, send, text_of, until_priced
from app.trade.page import TradePage

STOP_PIPS = 20
RISK_PERCENT = Decimal(1)
#: Replayed real quotes hold minutes in which nothing moves.
QUIET_MARKET_SECONDS = 120


async def chart_streams(guide: Guide) -> None:
    """Prices arrive, and they are the terminal's."""
    page = await until("the Trade page shows", lambda: find(guide.window, TradePage, "trade"), 30)
    chart = find(guide.window, ChartWidget, "chart")
    await until("bars are drawn", lambda: len(chart.model) > 100, 30)
    first = await until("a quote arrives", lambda: guide.context.agent.feed.last(SYMBOL))
    later = await until(
        "the next quote arrives",
        lambda: tick if (tick := guide.context.agent.feed.last(SYMBOL)) and tick.time_msc > first.time_msc else None,
        QUIET_MARKET_SECONDS,
    )
    truth = (await guide.terminal.state())["ticks"][SYMBOL]
    guide.check("Quotes are the terminal's own", abs(later.bid - truth["bid"]) < 0.01, (later, truth))
    guide.check("The chart holds history", len(chart.model) > 100, len(chart.model))
    guide.check("The page shows the symbol", page.ticket.spec is not None)


async def fill_ticket(guide: Guide) -> None:
    """Risk 1 % with a stop 20 pips away; the ticket shows what that means before anything is sent."""
    await _size_order(guide)
    await until_priced(guide)
    guide.check(
        "The risk guard is within limits",
        text_of(guide, "ticket.guard") == "within limits",
        text_of(guide, "ticket.guard"),
    )


async def buy(guide: Guide) -> None:
    """Sends it once; the terminal has one position of the right size, with the stop."""
    before = await guide.terminal.state()
    stop = Decimal(find(guide.window, QLineEdit, "ticket.sl").text().replace(" ", ""))
    await send(guide, "ticket.buy")
    state = await guide.until_terminal("one position is open", lambda now: len(now["positions"]) == 1)
    held = state["positions"][0]
    guide.position = held["ticket"]
    guide.check("It is a buy", held["type"] == 0)
    guide.check("Its stop is the ticket's", Decimal(str(held["sl"])) == stop, (held["sl"], stop))
    distance = held["price_open"] - held["sl"]
    risk = distance * held["volume"] * 100_000
    equity = before["account"]["equity"]
    guide.check(
        "What it can lose is 1 % of the equity, at most", 0.9 * equity / 100 < risk <= equity / 100 + 0.01, risk
    )
    await until("the table shows it", lambda: positions_table(guide).table.rowCount() == 1)
    await until("the chart shows its stop", lambda: _stop_line(guide) is not None)


async def watch_position(guide: Guide) -> None:
    """Its profit follows the market."""
    positions = await until("the position is known", lambda: guide.context.agent.feed.positions)
    first = positions[0].price_current
    await until(
        "its price moves",
        lambda: (now := guide.context.agent.feed.positions) and now[0].price_current != first,
        QUIET_MARKET_SECONDS,
    )
    guide.check("The position's price moves", True)
    shown, truth = guide.context.agent.feed.positions[0], (await guide.terminal.state())["positions"][0]
    guide.check(
        "Volume and open price are the terminal's",
        (shown.volume, shown.price_open) == (truth["volume"], truth["price_open"]),
    )


async def drag_stop(guide: Guide) -> None:
    """Pulls the stop's line up on the chart; the terminal takes the new level."""
    chart = find(guide.window, ChartWidget, "chart")
    before = (await guide.terminal.state())["positions"][0]["sl"]
    line = await until("the stop's line is drawn", lambda: _stop_line(guide))
    spec = await guide.context.agent.terminal.symbol(SYMBOL)
    goal = chart.price_to_y(before - 5 * spec.pip)
    x = chart.width() // 3
    await drag(chart, QPoint(x, round(line)), QPoint(x, round(goal)))
    state = await guide.until_terminal(
        "the stop is where it was dropped",
        lambda now: bool(now["positions"]) and abs(now["positions"][0]["sl"] - (before - 5 * spec.pip)) < 3 * spec.pip
        and now["positions"][0]["sl"] != before,
    )  # fmt: skip
    level = Decimal(str(state["positions"][0]["sl"]))
    guide.check("It is snapped to the tick size", level % Decimal(str(spec.tick_size)) == 0, level)


async def close_position(guide: Guide) -> None:
    """Presses × in the table; the terminal has no position any more."""
    table = positions_table(guide)
    press_in_row(table, 0, "close")
    await guide.until_terminal("the position is closed", lambda now: not now["positions"])
    await until("the table is empty", lambda: _table_is_empty(guide))
    truth = (await guide.terminal.state())["account"]
    await until(
        "the balance is the terminal's",
        lambda: (
            (account := guide.context.agent.terminal.account) is not None
            and abs(account.balance - truth["balance"]) < 0.005
        ),
    )
    guide.check("The balance is the terminal's", True)


async def autotrading_off(guide: Guide) -> None:
    """Switches Algo Trading off in the terminal: the window says what to do; then on again."""
    await _size_order(guide)
    buy_button = find(guide.window, QWidget, "ticket.buy")
    await until("buying is possible", buy_button.isEnabled)
    await guide.terminal.control(auto_trading=False)
    await until("one sentence names the switch", lambda: "algo trading" in text_of(guide, "ticket.message").lower(), 20)
    guide.check("One sentence says which switch is off and how to turn it on", True)
    guide.check("Buying is not possible", not buy_button.isEnabled())
    await guide.picture("off")
    await guide.terminal.control(auto_trading=True)
    await until("buying is possible again", buy_button.isEnabled, 20)


async def stop_everything(guide: Guide) -> None:
    """Opens a position, then presses the button that closes all of them."""
    await guide.go_to("trade")
    await _size_order(guide)
    await send(guide, "ticket.buy")
    await guide.until_terminal("a position is open", lambda now: len(now["positions"]) >= 1)
    await until("the table shows it", lambda: positions_table(guide).table.rowCount() >= 1)
    await guide.press("topbar.stop")
    await guide.press("stop_dialog.accept")
    await guide.until_terminal("nothing is open", lambda now: not now["positions"] and not now["orders"], 30)
    guide.check("Every position is closed", True)


async def _size_order(guide: Guide) -> None:
    agent = guide.context.agent
    spec = await agent.terminal.symbol(SYMBOL)
    tick = await until("a quote is there", lambda: agent.feed.last(SYMBOL))
    stop = tick.bid - STOP_PIPS * spec.pip
    await enter(guide.window, "ticket.size", str(RISK_PERCENT))
    await enter(guide.window, "ticket.sl", f"{stop:.{spec.digits}f}")


def _table_is_empty(guide: Guide) -> bool:
    page = find(guide.window, TradePage, "trade")
    rows: Any = page.blotter.positions.rows
    return not rows


def _stop_line(guide: Guide) -> float | None:
    chart = find(guide.window, ChartWidget, "chart")
    try:
        return chart.line_y("sl", guide.position)
    except (KeyError, LookupError):
        return None

"""Steps: history with its performance, and a price alert."""

from PySide6.QtWidgets import QComboBox, QLabel, QWidget

from app.history.page import HistoryPage
from app.tour.guide import Guide
from app.tour.hands import enter, find, until
from app.tour.trade_steps import QUIET_MARKET_SECONDS
from app.tour.trading import SYMBOL


async def history(guide: Guide) -> None:
    """Looks at the closed trades and what they come to."""
    await guide.go_to("history")
    page = await until("the history shows", lambda: find(guide.window, HistoryPage, "page.history"))
    await until("trades are listed", lambda: page.model.rows)
    closed = [trade for trade in page.model.rows if trade.closed is not None]
    guide.check("Closed trades show entry, exit and duration", bool(closed) and closed[0].duration is not None)
    await guide.picture("trades")
    await guide.press("history.performance")
    shown = await until("the figures show", lambda: find(guide.window, QLabel, "performance.trades").text())
    guide.check("The performance counts the closed trades", shown == str(len(closed)), shown)


async def price_alert(guide: Guide) -> None:
    """Sets alerts a hair above and below the market, and is told when the price gets to one of them."""
    await guide.go_to("alerts")
    agent, ui = guide.context.agent, guide.context.ui
    tick = await until("a quote is there", lambda: agent.feed.last(SYMBOL))
    spec = await agent.terminal.symbol(SYMBOL)
    for words, distance in (("rises above", 0.5 * spec.pip), ("falls below", -0.5 * spec.pip)):
        find(guide.window, QComboBox, "alerts.crossing").setCurrentText(words)
        await enter(guide.window, "alerts.price", f"{tick.bid + distance:.{spec.digits}f}")
        await guide.press("alerts.add")
    guide.check("The alerts are armed", [alert.armed for alert in ui.values.price_alerts] == [True, True])
    await until(
        "the price reaches one", lambda: any(not alert.armed for alert in ui.values.price_alerts), QUIET_MARKET_SECONDS
    )
    await until("it is in the list", lambda: find(guide.window, QWidget, "alerts.table"))
    told = any("rises above" in text or "falls below" in text for text in guide.context.toasts.messages)
    guide.check("The window tells so", told, guide.context.toasts.messages)

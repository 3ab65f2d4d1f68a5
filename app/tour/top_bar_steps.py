"""Steps: what the top bar says when something is off, and the switch that lets real money move."""

from decimal import Decimal

from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from app.alerts.price_alert import Crossing
from app.alerts.watcher import AlertBook
from app.shell.links import QUIET_PRICES_SECONDS, LinkIndicator
from app.tour.guide import Guide
from app.tour.hands import find, until
from app.tour.step import Step
from app.tour.trade_steps import QUIET_MARKET_SECONDS
from app.tour.trading import SYMBOL


async def all_well(guide: Guide) -> None:
    """Four links, each with a value or an age, all good; the switches of the terminal are on."""
    await guide.go_to("trade")
    links = [find(guide.window, LinkIndicator, f"link.{name}") for name in ("terminal", "bridge", "prices", "cloud")]
    await until("all links are good", lambda: all(link.state.tone == "good" for link in links), QUIET_MARKET_SECONDS)
    values = [link.state.value for link in links]
    guide.check("Each has an age or a round trip", all(any(map(str.isdigit, value)) for value in values), values)
    truth = (await guide.terminal.state())["account"]
    shown = find(guide.window, QLabel, "topbar.account").text()
    guide.check("It names the terminal's account", str(truth["login"]) in shown, shown)
    await guide.picture("good")
    await guide.terminal.control(auto_trading=False)
    terminal = links[0]
    await until("Algo Trading off is seen", lambda: terminal.state.value == "limited")
    guide.check("It says how to turn it on", "Algo Trading" in terminal.state.detail, terminal.state)
    await guide.picture("trading-off")
    await guide.terminal.control(auto_trading=True)
    await until("all is well again", lambda: terminal.state.tone == "good")


async def other_account(guide: Guide) -> None:
    """The terminal is logged in to another account: nothing is traded before the trader agrees; live it wants more."""
    login = (await guide.terminal.state())["account"]["login"]
    arm, buy = find(guide.window, QPushButton, "topbar.arm"), find(guide.window, QWidget, "ticket.buy")
    guide.check("A demo account needs no arming", not arm.isEnabled() and arm.text() == "Arm live")
    await guide.terminal.control(login=login + 1)
    await until("the other account is noticed", lambda: arm.text() == "Agree")
    guide.check("It says which and what to do", str(login + 1) in arm.toolTip() and "agree" in arm.toolTip())
    await guide.picture("other")
    await guide.terminal.control(live=True)
    kind = find(guide.window, QLabel, "topbar.kind")
    await until("the bar shows real money", lambda: kind.text() == "LIVE")
    await guide.press("topbar.arm")
    await until("it asks", lambda: find(guide.window, QWidget, "arm_dialog"))
    guide.check("The safe answer has the focus", find(guide.window, QPushButton, "arm_dialog.reject").isDefault())
    await guide.picture("question")
    await guide.press("arm_dialog.accept")
    await until("it is armed", lambda: arm.text() == "Disarm")
    guide.check("Orders may go out", guide.context.agent.desk.armed)
    await guide.picture("armed")
    await guide.press("topbar.arm")
    await until("it is disarmed", lambda: arm.text() == "Arm live" and arm.isEnabled())
    guide.check("Nothing is sent", not guide.context.agent.desk.armed and not buy.isEnabled())
    await guide.picture("disarmed")
    await guide.terminal.control(login=login, live=False)
    await until("the first account is back", lambda: arm.text() == "Agree" and kind.text() == "DEMO")
    await guide.press("topbar.arm")
    await guide.press("arm_dialog.accept")
    await until("it is agreed to", lambda: not arm.isEnabled() and arm.text() == "Arm live")


async def prices_stop(guide: Guide) -> None:
    """The terminal loses its broker: the link says so at once, and no quote comes any more."""
    tick = await until("a quote is there", lambda: guide.context.agent.feed.last(SYMBOL))
    await guide.terminal.control(connected=False)
    terminal = find(guide.window, LinkIndicator, "link.terminal")
    await until("the terminal's link says so", lambda: terminal.state.tone != "good")
    guide.check("In a sentence", "broker" in terminal.state.detail.lower(), terminal.state)
    AlertBook(guide.context.ui).add(SYMBOL, Crossing.TOUCH, Decimal(repr(tick.bid)))


async def prices_stale(guide: Guide) -> None:
    """Their age is told; an alert on the price that stands still is silent; then they come again."""
    await guide.go_to("trade")
    prices = find(guide.window, LinkIndicator, "link.prices")
    await until("the prices are said to be old", lambda: prices.state.tone == "warning", QUIET_PRICES_SECONDS + 10)
    guide.check("With their age", any(map(str.isdigit, prices.state.value)), prices.state)
    book = AlertBook(guide.context.ui)
    alert = book.alerts[-1]
    guide.check("An alert right at the price was not raised", alert.armed and alert.fired_at is None, alert)
    guide.check("Nothing can be bought", not find(guide.window, QWidget, "ticket.buy").isEnabled())
    await guide.picture("old")
    book.remove(alert.id)
    await guide.terminal.control(connected=True)
    terminal = find(guide.window, LinkIndicator, "link.terminal")
    await until("the terminal is well again", lambda: terminal.state.tone == "good")
    await until("prices come again", lambda: prices.state.tone == "good", QUIET_MARKET_SECONDS)


STEPS = (
    Step("top-bar", "The links of the top bar", all_well),
    Step("other-account", "Another account, a live one: agreed to, armed, disarmed", other_account),
)
PRICES_STOP = Step("prices-stop", "The broker is lost", prices_stop)
PRICES_STALE = Step("prices-stale", "Old prices are said to be old", prices_stale)

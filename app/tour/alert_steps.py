"""Steps: an alert of each kind, from the page and from the watchlist; fired, armed again, silent while prices stand."""

from decimal import Decimal
from functools import partial
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QListWidget, QWidget

from app.alerts.page import AlertsPage
from app.alerts.price_alert import Crossing, PriceAlert
from app.alerts.watcher import AlertBook
from app.tour.guide import Guide
from app.tour.hands import ask_menu, enter, find, until
from app.tour.step import Step
from app.tour.trade_steps import QUIET_MARKET_SECONDS
from app.tour.trading import SYMBOL, press_in_row
from app.trade.page import TradePage

OTHER = "GBPUSD"
#: In points. The price may have passed the nearest ones before they are set.
_AWAY = (1, 8, 20)
#: A quick RSI gets to one of them with a few quotes, wherever it is.
_LEVELS = ("20", "40", "60", "80")


async def from_the_watchlist(guide: Guide) -> None:
    """The menu of a symbol in the watchlist sets an alert at a price."""
    known = _ids(guide)
    await guide.go_to("trade")
    watchlist = find(guide.window, TradePage, "trade").watchlist
    tick = await until(f"{OTHER} has a price", lambda: guide.context.agent.feed.last(OTHER))
    row = watchlist.view.visualRect(watchlist.model.index(watchlist.model.row_of(OTHER)))
    menu = await ask_menu(watchlist.view.viewport(), row.center())
    await guide.picture("menu")
    action = next(action for action in menu.actions() if action.text().startswith("Price alert"))
    QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())
    await until("the question opens", lambda: find(guide.window, QWidget, "alert.dialog"))
    price = f"{tick.bid + 0.01:.5f}"
    await enter(guide.window, "alert.dialog.price", price)
    await guide.picture("question")
    await guide.press("alert.dialog.accept")
    (alert,) = await until("the alert is set", lambda: _new(guide, known))
    seen = (alert.symbol, alert.crossing, alert.price, alert.armed)
    guide.check("It waits for the typed price", seen == (OTHER, Crossing.ABOVE, Decimal(price), True), seen)
    guide.check("The window says so", any(OTHER in text for text in guide.context.toasts.messages))
    await guide.picture("set")
    _forget(guide, known)


async def of_each_kind(guide: Guide) -> None:
    """Price and indicator: crossing, touching and percent, each a hair from the market, so that it is soon reached."""
    known, agent = _ids(guide), guide.context.agent
    await guide.go_to("alerts")
    page = await until("the alerts show", lambda: find(guide.window, AlertsPage, "page.alerts"))
    bid = (await until("a quote is there", lambda: agent.feed.last(SYMBOL))).bid
    point = (await agent.terminal.symbol(SYMBOL)).point
    _choose(guide, "symbol", SYMBOL)
    _choose(guide, "subject", "Price")
    for points in _AWAY:
        await _add(guide, "rises above", f"{bid + points * point:.5f}")
        await _add(guide, "falls below", f"{bid - points * point:.5f}")
    for points in (_AWAY[0], -_AWAY[0]):
        await _add(guide, "touches", f"{bid + points * point:.5f}")
    await _add(guide, "moves by %", "0.0001")
    _choose(guide, "subject", "RSI")
    find(guide.window, QDoubleSpinBox, "alerts.parameter.period").setValue(2)
    _choose(guide, "timeframe", "M1")
    for level in _LEVELS:
        await _add(guide, "touches", level, picture="indicator" if level == _LEVELS[-1] else "")
    _choose(guide, "subject", "Price")
    new = _new(guide, known)
    kinds = {(alert.crossing, alert.indicator is None) for alert in new}
    guide.check("All kinds are there", kinds == {(way, True) for way in Crossing} | {(Crossing.TOUCH, False)}, kinds)
    await guide.picture("armed")
    for what, kind in (("crossing", (Crossing.ABOVE, Crossing.BELOW)), ("touching", (Crossing.TOUCH,)),
                       ("a move in percent", (Crossing.MOVE,))):  # fmt: skip
        told_of = partial(_fired, guide, known, kind)
        await until(f"{what} is told", told_of, QUIET_MARKET_SECONDS)
    for alert in _new(guide, known):
        if not alert.armed:
            await _in_the_list(guide, page, alert)
    await guide.picture("fired")
    fired = next(alert for alert in _new(guide, known) if not alert.armed)
    row = next(at for at, alert in enumerate(page.prices.model.all_rows) if alert.id == fired.id)
    table = page.prices.table
    table.scrollTo(page.prices.model.index(row, 0))
    press_in_row(table, row, "arm")
    again = next(alert for alert in _new(guide, known) if alert.id == fired.id)
    guide.check("It is armed again", again.armed and again.fired_at is None, again)
    await guide.picture("armed-again")
    _forget(guide, known | {alert.id for alert in _on_indicators(guide)})


async def of_an_indicator(guide: Guide) -> None:
    """An indicator has got to one of the levels that were set some steps ago."""
    await guide.go_to("alerts")
    fired = await until(
        "an indicator's level is told", lambda: [each for each in _on_indicators(guide) if each.fired_at is not None],
        QUIET_MARKET_SECONDS,
    )  # fmt: skip
    page = find(guide.window, AlertsPage, "page.alerts")
    await _in_the_list(guide, page, fired[0])
    await guide.picture("fired")
    _forget(guide, _ids(guide) - {alert.id for alert in _on_indicators(guide)})


async def told_by_choice(guide: Guide) -> None:
    """Sound and tray can be turned off; the window's own message and list stay."""
    await guide.go_to("settings")
    sections = await until("the settings show", lambda: find(guide.window, QListWidget, "settings.list"))
    (entry,) = sections.findItems("Alerts and journal", Qt.MatchFlag.MatchExactly)
    QTest.mouseClick(sections.viewport(), Qt.MouseButton.LeftButton, pos=sections.visualItemRect(entry).center())
    values = guide.context.ui.values
    for name in ("alert_sound", "alert_tray"):
        await guide.press(f"settings.{name}")
        guide.check(f"{name} is off", not getattr(values, name))
    await guide.picture("quiet")
    for name in ("alert_sound", "alert_tray"):
        await guide.press(f"settings.{name}")
        box = find(guide.window, QCheckBox, f"settings.{name}")
        guide.check(f"{name} is on again", getattr(values, name) and box.isChecked())


async def _in_the_list(guide: Guide, page: AlertsPage, alert: PriceAlert) -> None:
    """The page has the alert from the event log, a moment after it is told."""
    sentence = f"In the list: {alert.sentence}"
    await until(sentence, lambda: any(alert.sentence in row.message for row in page.model.rows))
    guide.check(sentence, True)


async def _add(guide: Guide, way: str, level: str, picture: str = "") -> None:
    _choose(guide, "crossing", way)
    await enter(guide.window, "alerts.price", level)
    if picture:
        await guide.picture(picture)
    await guide.press("alerts.add")


def _choose(guide: Guide, name: str, text: str) -> None:
    find(guide.window, QComboBox, f"alerts.{name}").setCurrentText(text)


def _ids(guide: Guide) -> set[UUID]:
    return {alert.id for alert in guide.context.ui.values.price_alerts}


def _new(guide: Guide, known: set[UUID]) -> list[PriceAlert]:
    return [alert for alert in guide.context.ui.values.price_alerts if alert.id not in known]


def _fired(guide: Guide, known: set[UUID], ways: tuple[Crossing, ...]) -> list[PriceAlert]:
    fired = (alert for alert in _new(guide, known) if alert.fired_at is not None and alert.indicator is None)
    return [alert for alert in fired if alert.crossing in ways]


def _on_indicators(guide: Guide) -> list[PriceAlert]:
    return [alert for alert in guide.context.ui.values.price_alerts if alert.indicator is not None]


def _forget(guide: Guide, known: set[UUID]) -> None:
    book = AlertBook(guide.context.ui)
    for alert in _new(guide, known):
        book.remove(alert.id)
    for message in guide.context.toasts.messages:
        guide.context.toasts.dismiss(message)


STEPS = (
    Step("alert-watchlist", "An alert from the watchlist", from_the_watchlist),
    Step("alert-kinds", "Alerts of each kind, raised and armed again", of_each_kind),
    Step("alert-choice", "Sound and tray by choice", told_by_choice),
)
#: A while after the others: an indicator takes its time.
LAST = Step("alert-indicator", "An alert on an indicator is raised", of_an_indicator)

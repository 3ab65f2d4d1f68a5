"""Steps: what keeps an order back. The risk guard, switches that are off, the question before an order, real money."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QListWidget, QPushButton

from app.tour.guide import Guide
from app.tour.hands import enter, find, until
from app.tour.step import Step
from app.tour.trading import (
    clear_ticket,
    level_in,
    size_in,
    text_of,
    trade_at_market,
    trade_page,
    until_closed,
)
from app.widgets.dialogs import ConfirmDialog

LIVE_LOGIN = 61_000_001


async def risk_guard(guide: Guide) -> None:
    """A limit of 0.05 lots an order: 0.10 are refused in one sentence before anything is sent, 0.05 are not."""
    await _limit(guide, "0.05")
    await guide.picture("limit")
    await guide.go_to("trade")
    await size_in(guide, "Lots", "0.10")
    await level_in(guide, "sl", "Pips", "20")
    verdict = "0.1 lots are more than your limit of 0.05 an order."
    await until("the guard says no", lambda: text_of(guide, "ticket.guard") == "refused")
    _check_locked(guide, verdict)
    guide.check("Its reason stands under the buttons", text_of(guide, "ticket.message") == verdict)
    await guide.picture("refused")
    await enter(guide.window, "ticket.size", "0.05")
    await until("within the limit it says yes", lambda: text_of(guide, "ticket.guard") == "within limits")
    await until("and the order can be sent", trade_page(guide).ticket.form.buy.isEnabled)
    await _limit(guide, "")
    await guide.go_to("trade")
    await clear_ticket(guide)


async def switched_off(guide: Guide) -> None:
    """What stands in the way is named under the buttons, which are locked until it is gone."""
    await size_in(guide, "Lots", "0.10")
    buy = trade_page(guide).ticket.form.buy
    await until("buying is possible", buy.isEnabled)
    await guide.terminal.control(connected=False)
    await until("one sentence says what is off", lambda: "connection" in text_of(guide, "ticket.message").lower())
    _check_locked(guide, "")
    await guide.picture("offline")
    await guide.terminal.control(connected=True)
    await until("buying is possible again", buy.isEnabled)
    await enter(guide.window, "ticket.size", "a lot")
    await until("a size that is no number is told", lambda: "is not a number" in text_of(guide, "ticket.message"))
    _check_locked(guide, "")
    await guide.picture("no-number")
    await clear_ticket(guide)


async def confirmation(guide: Guide) -> None:
    """The question before an order: Return on it means no; one-click mode leaves the question out, once it is on."""
    await size_in(guide, "Lots", "0.10")
    await level_in(guide, "sl", "Pips", "25")
    await level_in(guide, "tp", "R", "2")
    guide.check("One-click mode is off", find(guide.window, QPushButton, "ticket.one_click").text() == "One-click off")
    await guide.press("ticket.buy")
    dialog = await _dialog(guide, "ticket.confirm")
    said = find(guide.window, QLabel, "ticket.confirm.text").text()
    guide.check("It tells stop, target and what they come to", "Stop 1." in said and "Target 1." in said, said)
    await guide.picture("question")
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    await until("it is gone", lambda: not dialog.isVisible())
    guide.check("Nothing was sent", not (await guide.terminal.state())["positions"])
    await guide.press("ticket.one_click")
    guide.check("One-click mode is on", find(guide.window, QPushButton, "ticket.one_click").text() == "One-click on")
    await guide.picture("one-click")
    await trade_at_market(guide, "buy", "0.10", "25")
    guide.check("It was sent without a question", not guide.window.findChildren(ConfirmDialog, "ticket.confirm"))
    await guide.press("ticket.one_click")
    guide.check("It is off again", find(guide.window, QPushButton, "ticket.one_click").text() == "One-click off")
    await guide.press("positions.close_all")
    await _no_by_default(guide, "positions.close_all.confirm")
    await guide.press("positions.close_all")
    await guide.press("positions.close_all.confirm.accept")
    await until_closed(guide)
    await clear_ticket(guide)


async def real_money(guide: Guide) -> None:
    """A live account: nothing goes out before it is armed; one-click mode is off there, whatever the demo has."""
    await guide.go_to("trade")
    agent = guide.context.agent
    demo = (await guide.terminal.state())["account"]["login"]
    await guide.press("ticket.one_click")  # the demo account's choice, which must not count for real money
    await guide.terminal.control(login=LIVE_LOGIN, live=True)
    account = agent.terminal
    await until("the window shows real money", lambda: account.account is not None and account.account.live)
    await until("the ticket says why nothing goes out", lambda: "61000001" in text_of(guide, "ticket.message"))
    _check_locked(guide, "")
    switch = find(guide.window, QPushButton, "ticket.one_click")
    await until("one-click mode is off", lambda: switch.text() == "One-click off")
    await guide.picture("disarmed")
    await guide.press("topbar.arm")
    await _no_by_default(guide, "arm_dialog")
    guide.check("Return on the question does not arm", not agent.desk.armed)
    await guide.press("topbar.arm")
    await guide.press("arm_dialog.accept")
    await until("it is armed", lambda: agent.desk.armed)
    await size_in(guide, "Lots", "0.10")
    await until("buying is possible", trade_page(guide).ticket.form.buy.isEnabled)
    await guide.picture("armed")
    await guide.press("ticket.buy")
    title = await until("real money is asked for", lambda: find(guide.window, QLabel, "ticket.confirm.title").text())
    guide.check("The question names real money", title.endswith("with real money?"), title)
    await _no_by_default(guide, "ticket.confirm", "question")
    await guide.press("ticket.one_click")
    await _no_by_default(guide, "ticket.one_click.confirm", "one-click")
    guide.check("One-click mode stays off", switch.text() == "One-click off")
    guide.check("Nothing was sent", not (await guide.terminal.state())["positions"])
    await guide.press("topbar.arm")
    await until("it is disarmed at once", lambda: not agent.desk.armed)
    await guide.terminal.control(login=demo, live=False)
    await until("the demo account is back", lambda: account.account is not None and not account.account.live)
    await until("it is another account again", lambda: account.account_problem)
    await guide.press("topbar.arm")
    await guide.press("arm_dialog.accept")
    await until("the demo account is agreed to", lambda: agent.desk.armed)
    await until("one-click mode is on as it was", lambda: switch.text() == "One-click on")
    await guide.press("ticket.one_click")
    await clear_ticket(guide)


async def _limit(guide: Guide, lots: str) -> None:
    await guide.go_to("settings")
    sections = await until("the settings show", lambda: find(guide.window, QListWidget, "settings.list"))
    (risk,) = sections.findItems("Risk limits", Qt.MatchFlag.MatchExactly)
    QTest.mouseClick(sections.viewport(), Qt.MouseButton.LeftButton, pos=sections.visualItemRect(risk).center())
    await enter(guide.window, "settings.risk.max_lots", lots)
    await guide.press("settings.risk.save")
    limit = guide.context.agent.desk.limits.max_lots
    guide.check(f"The limit is {lots or 'gone'}", (str(limit) if limit is not None else "") == lots, limit)


def _check_locked(guide: Guide, reason: str) -> None:
    form = trade_page(guide).ticket.form
    guide.check("Buy and sell are locked", not form.buy.isEnabled() and not form.sell.isEnabled())
    tip = form.buy.toolTip()
    guide.check("Their tip tells why", bool(tip) and (not reason or tip == reason), tip)


async def _dialog(guide: Guide, name: str) -> ConfirmDialog:
    return await until(f"the question '{name}' opens", lambda: find(guide.window, ConfirmDialog, name))


async def _no_by_default(guide: Guide, name: str, picture: str = "") -> None:
    """Answers a question with Return, which must mean no."""
    dialog = await _dialog(guide, name)
    guide.check("The safe answer is the default", dialog.reject_button.isDefault())
    if picture:
        await guide.picture(picture)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    await until("the question is gone", lambda: not dialog.isVisible())


STEPS = (
    Step("guard", "The risk guard refuses, and says why", risk_guard),
    Step("switched-off", "What is off is named, buying and selling are locked", switched_off),
    Step("confirm", "The question before an order; one-click mode", confirmation),
)
LIVE_STEPS = (Step("real-money", "A live account needs arming", real_money),)

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.terminal.events import TerminalLinkChanged
from agent_core.terminal.models import OrderKind, Permission
from agent_core.trading.events import ArmChanged
from agent_core.trading.models import OrderOutcome, OrderTicket, OutcomeStatus, SizeMode
from app.tour.hands import click, enter

Run = Callable[[Any], Any]
LEFT = Qt.MouseButton.LeftButton


def outcome(order: OrderTicket, status: OutcomeStatus, message: str) -> OrderOutcome:
    return OrderOutcome(
        order.client_id, status, None, None, message, None, None, None, None, None, None, datetime.now(UTC)
    )


def test_an_order_with_risk_and_stop_goes_out_as_filled_in(room: Any, run: Run) -> None:
    async def trade() -> None:
        await room.ready()
        await enter(room.window, "ticket.size", "1.50")
        await enter(room.window, "ticket.sl", "1.08251")
        form = room.page.ticket.form
        await room.until(form.cost_note.isVisible)
        assert "commission of EURUSD is not known" in form.cost_note.text()
        await enter(room.window, "ticket.tp", "1,08763")
        await room.until(lambda: not form.cost_note.isVisible())
        await room.until(form.sl_hint.text)
        assert "17.2 pips" in form.sl_hint.text()
        assert "104.82" in form.size_field.note.text()
        assert "0.61 lots" in form.size_field.note.text()
        assert form.summary["margin"].text() == "660.75 USD"
        assert form.buy.price == "1.08423"
        await click(room.window, "ticket.buy")
        await room.until(form.message.text)
        assert form.message.text() == "Bought 0.61 EURUSD at 1.08423."

    run(trade())
    (order,) = room.desk.sent
    assert (order.symbol, order.side, order.kind, order.size_mode) == ("EURUSD", "BUY", "MARKET", "RISK_PERCENT")
    assert (order.size, order.sl, order.tp) == (Decimal("1.50"), Decimal("1.08251"), Decimal("1.08763"))
    assert room.page.ticket.form.sl_field.text() == "1.08251"
    assert room.page.ticket.levels() is None  # the position's own lines take over on the chart


def test_a_double_click_sends_once_and_the_next_press_has_another_id(room: Any, run: Run) -> None:
    gate = asyncio.Event()

    async def slow(order: OrderTicket) -> OrderOutcome:
        await gate.wait()
        return outcome(order, OutcomeStatus.FILLED, "Done.")

    async def trade() -> None:
        await room.ready()
        room.desk.answer = slow
        buy = room.page.ticket.form.buy
        for _ in range(2):
            QTest.mouseClick(buy, LEFT)
        QTest.mouseDClick(buy, LEFT)
        QTest.keyClick(buy, Qt.Key.Key_Space)
        assert buy.text() == "Sending …"
        assert not room.page.ticket.form.sell.isEnabled()
        await asyncio.sleep(0.05)
        assert len(room.desk.sent) == 1
        gate.set()
        await room.until(buy.isEnabled)
        QTest.mouseClick(buy, LEFT)
        await room.until(lambda: len(room.desk.sent) == 2)

    run(trade())
    assert room.desk.sent[0].client_id != room.desk.sent[1].client_id


def test_a_refusal_is_told_and_the_ticket_stays_filled_in(room: Any, run: Run) -> None:
    async def refuse(order: OrderTicket) -> OrderOutcome:
        return outcome(order, OutcomeStatus.REFUSED, "The market is closed; try again on Monday.")

    async def trade() -> None:
        await room.ready()
        room.desk.answer = refuse
        await enter(room.window, "ticket.sl", "1.08")
        await click(room.window, "ticket.buy")
        form = room.page.ticket.form
        await room.until(lambda: form.message.text() == "The market is closed; try again on Monday.")
        assert form.message.property("tone") == "bad"
        assert form.sl_field.text() == "1.08"
        await enter(room.window, "ticket.sl", "1.081")
        assert form.message.text() == ""

    run(trade())


def test_an_unknown_outcome_locks_the_ticket_until_the_terminal_tells(room: Any, run: Run) -> None:
    async def lost(order: OrderTicket) -> OrderOutcome:
        return outcome(order, OutcomeStatus.UNKNOWN, "MetaTrader did not answer; checking with the broker.")

    async def trade() -> None:
        await room.ready()
        room.desk.answer = lost
        await click(room.window, "ticket.sell")
        form = room.page.ticket.form
        await room.until(lambda: "checking" in form.message.text())
        assert form.message.property("tone") == "warning"
        await enter(room.window, "ticket.size", "2")
        assert "checking" in form.message.text()
        assert not form.buy.isEnabled()
        QTest.mouseClick(form.buy, LEFT)
        room.desk.reconciled = [outcome(room.desk.sent[0], OutcomeStatus.REFUSED, "The order never arrived.")]
        await room.until(lambda: form.message.text() == "The order never arrived.")
        await room.until(form.buy.isEnabled)

    run(trade())
    assert len(room.desk.sent) == 1


def test_an_error_of_the_desk_is_told_and_frees_the_ticket(room: Any, run: Run) -> None:
    async def fail(_order: OrderTicket) -> OrderOutcome:
        raise ForexEliteError(ErrorCode.BROKER_UNAVAILABLE, "MetaTrader is not connected. Start it.")

    async def trade() -> None:
        await room.ready()
        room.desk.answer = fail
        await click(room.window, "ticket.buy")
        await room.until(lambda: "not connected" in room.page.ticket.form.message.text())
        assert room.page.ticket.form.buy.isEnabled()

    run(trade())


def test_each_thing_in_the_way_is_named_and_locks_both_buttons(room: Any, run: Run) -> None:
    form = room.page.ticket.form

    async def locked(text: str) -> None:
        await room.until(lambda: text in form.message.text())
        assert not form.buy.isEnabled()
        assert not form.sell.isEnabled()

    async def look() -> None:
        await room.ready()
        off = Permission("Algo Trading button", False, "Press the Algo Trading button in MetaTrader's toolbar.")
        room.terminal.link = TerminalLinkChanged("connected", "", permissions=(off,))
        room.bus.publish(room.terminal.link)
        await locked("Algo Trading")
        room.terminal.link = TerminalLinkChanged("connected", "")
        room.bus.publish(room.terminal.link)
        await room.until(form.buy.isEnabled)
        room.terminal.account = type(room.terminal.account)(**{**_fields(room.terminal.account), "live": True})
        room.desk.armed = False
        room.bus.publish(ArmChanged(False, True))
        await locked("Arm live")
        room.desk.armed = True
        room.bus.publish(ArmChanged(True, True))
        await room.until(form.buy.isEnabled)
        room.desk.problems = ("The volume is below the smallest one.",)
        await enter(room.window, "ticket.size", "0.0001")
        await locked("below the smallest")
        guard = form.summary["guard"]
        assert (guard.text(), guard.toolTip()) == ("refused", "The volume is below the smallest one.")
        await enter(room.window, "ticket.size", "abc")
        await locked("not a number")
        assert form.size_field.property("invalid") == "true"
        room.terminal.link = TerminalLinkChanged("lost", "MetaTrader was closed. Start it again.")
        room.bus.publish(room.terminal.link)
        await locked("MetaTrader was closed")

    run(look())


def _fields(account: Any) -> dict[str, Any]:
    return {name: getattr(account, name) for name in account.__slots__}


def test_a_pending_order_has_a_price_and_says_so_on_its_buttons(room: Any, run: Run) -> None:
    async def trade() -> None:
        await room.ready()
        await click(room.window, "ticket.kind.limit")
        form = room.page.ticket.form
        assert form.price_field.isVisible()
        assert form.price_field.text() == "1.08418"
        await enter(room.window, "ticket.price", "1.08")
        await room.until(form.buy.isEnabled)
        assert (form.buy.text(), form.buy.price) == ("Buy limit", "1.08000")
        await click(room.window, "ticket.buy")
        await room.until(lambda: room.desk.sent)
        await click(room.window, "ticket.kind.market")
        assert not form.price_field.isVisible()

    run(trade())
    assert (room.desk.sent[0].kind, room.desk.sent[0].price) == (OrderKind.LIMIT, Decimal("1.08"))


def test_size_can_be_lots_or_money(room: Any, run: Run) -> None:
    async def trade() -> None:
        await room.ready()
        actions = {action.text(): action for action in room.page.ticket.form.size_menu.actions()}
        actions["Lots"].trigger()
        await room.until(room.page.ticket.form.buy.isEnabled)
        await click(room.window, "ticket.buy")
        await room.until(lambda: room.desk.sent)

    run(trade())
    assert room.desk.sent[0].size_mode is SizeMode.LOTS


@pytest.mark.parametrize("agree", [True, False])
def test_a_confirmation_comes_first_unless_switched_off(room: Any, run: Run, agree: bool) -> None:
    async def trade() -> None:
        room.context.ui.set("confirm_orders", True)
        await room.ready()
        await enter(room.window, "ticket.sl", "1.08251")
        await click(room.window, "ticket.buy")
        dialog = await room.until(lambda: room.window.findChild(QWidget, "ticket.confirm"))
        assert "1.08251" in dialog.text.text()
        assert not room.page.ticket.form.sell.isEnabled()
        await click(room.window, "ticket.confirm.accept" if agree else "ticket.confirm.reject")
        await room.until(room.page.ticket.form.sell.isEnabled)

    run(trade())
    assert len(room.desk.sent) == (1 if agree else 0)


def test_another_symbol_takes_the_levels_away(room: Any, run: Run) -> None:
    async def look() -> None:
        await room.ready()
        await enter(room.window, "ticket.sl", "1.08251")
        room.page.show_symbol("USDJPY")
        room.feed.quote("USDJPY", 149.832, 0.007)
        await room.until(lambda: room.page.ticket.form.buy.price == "149.839")
        assert room.page.ticket.form.sl_field.text() == ""

    run(look())

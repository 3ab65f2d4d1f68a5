"""Price alerts in the window: set from the watchlist and the page, raised once, armed again, kept."""

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDoubleSpinBox, QLabel

from agent_core.events import Event
from agent_core.protocol.agents import Alert
from agent_core.sync.events import AlertRaised
from app.alerts.indicator_values import bars_for, last_value
from app.alerts.page import AlertsPage
from app.alerts.price_alert import Crossing
from app.alerts.watcher import AlertWatcher
from app.tour.hands import click, enter, find
from app.ui_settings import UiSettingsFile

Run = Callable[[Any], Any]


async def _page(room: Any, qtbot: Any) -> AlertsPage:
    await room.ready()
    room.context.api = type("Api", (), {"user": None})()
    page = AlertsPage(room.context)
    qtbot.addWidget(page)
    page.resize(1200, 700)
    page.show()
    return page


def test_an_alert_from_the_watchlist_is_raised_once_and_armed_again(room: Any, run: Run, qtbot: Any) -> None:
    seconds = 1_800_000_000.0
    raised: list[Event] = []

    def note(event: Event) -> None:
        raised.append(event)

    room.bus.subscribe(AlertRaised, note)

    async def look() -> None:
        nonlocal seconds
        await room.ready()
        watcher = AlertWatcher(room.context, room.context.signals, lambda: seconds)
        room.context.api = type("Api", (), {"user": None})()
        page = AlertsPage(room.context)
        qtbot.addWidget(page)
        page.resize(1200, 700)
        page.show()
        watchlist = room.page.watchlist
        menu = watchlist.row_menu(watchlist.model.rows[0])
        next(action for action in menu.actions() if action.text().startswith("Price alert")).trigger()
        await enter(room.window, "alert.dialog.price", "1.09")
        await click(room.window, "alert.dialog.accept")
        (alert,) = await room.until(lambda: room.context.ui.values.price_alerts)
        assert (alert.symbol, alert.crossing, alert.price) == ("EURUSD", Crossing.ABOVE, Decimal("1.09"))

        async def quote(bid: float) -> None:
            nonlocal seconds
            seconds += 1
            room.feed.quote("EURUSD", bid, at=int(seconds * 1000))
            await room.until(lambda: room.page.ticket.form.sell.price == f"{bid:.5f}")

        for bid in (1.085, 1.086, 1.0901, 1.0, 1.0902):
            await quote(bid)
        (event,) = raised
        assert isinstance(event, AlertRaised)
        assert event.message == "EURUSD rises above 1.09: the bid is 1.09010."
        model, table = page.prices.model, page.prices.table
        assert model.cells(0)[3][0] == "fired"
        await room.until(lambda: page.model.rows)  # the list of what was raised has it too
        QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=table.action_point(0, "arm"))
        assert model.cells(0)[3][0] == "armed"
        await quote(1.08)
        await quote(1.0903)
        assert len(raised) == 2
        stored = UiSettingsFile(room.context.ui._path.parent).values.price_alerts
        assert [(each.armed, isinstance(each.fired_at, datetime)) for each in stored] == [(False, True)]
        QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=table.action_point(0, "remove"))
        assert room.context.ui.values.price_alerts == []
        watcher.deleteLater()

    run(look())


def test_the_page_sets_alerts_and_says_what_is_missing(room: Any, run: Run, qtbot: Any) -> None:
    async def look() -> None:
        page = await _page(room, qtbot)
        assert page.prices.symbol.currentText() == "EURUSD"
        problem = find(page, QLabel, "alerts.problem")
        for text, words in (("", "Enter the price"), ("abc", "not a number")):
            page.prices.price.setText(text)
            await click(page, "alerts.add")
            assert words in problem.text()
        page.prices.crossing.setCurrentIndex(1)
        await enter(page, "alerts.price", "1,05")
        await click(page, "alerts.add")
        (alert,) = room.context.ui.values.price_alerts
        assert (alert.crossing, alert.price) == (Crossing.BELOW, Decimal("1.05"))
        assert problem.text() == ""
        assert page.prices.model.cells(0)[1][0] == "falls below"

    run(look())


def test_an_indicator_is_watched_on_the_terminals_bars(room: Any, run: Run, qtbot: Any) -> None:
    async def look() -> None:
        page = await _page(room, qtbot)
        page.prices.subject.setCurrentText("RSI")
        assert [page.prices.crossing.itemText(at) for at in range(page.prices.crossing.count())] == [
            "rises above", "falls below", "touches",
        ]  # fmt: skip
        for text, period in (("0", 14), ("-5", 700)):
            page.prices.price.setText(text)
            find(page, QDoubleSpinBox, "alerts.parameter.period").setValue(period)
            page.prices.add()
        page.prices.subject.setCurrentIndex(0)
        page.prices.crossing.setCurrentText("moves by %")
        page.prices.price.setText("1.5")
        page.prices.add()
        rsi, below, move = room.context.ui.values.price_alerts
        assert (rsi.sentence, below.price) == ("EURUSD RSI 14 M15 rises above 0", Decimal(-5))
        assert (move.percent, move.price) == (Decimal("1.5"), Decimal("1.08418"))
        assert below.sentence == "EURUSD RSI 700 M15 rises above -5"
        assert (bars_for(rsi.indicator), bars_for(below.indicator)) == (500, 3500)
        bars = await room.terminal.bars("EURUSD", "M15", 300)
        assert 0 < last_value(rsi.indicator, bars) < 100
        assert math.isnan(last_value(rsi.indicator, bars[:3]))

    run(look())


def test_what_was_raised_here_is_listed_once_though_the_cloud_has_it_too(room: Any, run: Run, qtbot: Any) -> None:
    said = "EURUSD rises above 1.1: the bid is 1.1001."

    class Api:
        user = "anyone"

        async def alerts(self) -> list[Alert]:
            now = datetime.now(UTC)
            times = (now, now - timedelta(days=1))
            return [
                Alert(id=uuid4(), kind="agent", level="info", message=said, created_at=at, resolved_at=None)
                for at in times
            ]

    async def look() -> None:
        page = await _page(room, qtbot)
        room.context.api = Api()
        room.bus.publish(AlertRaised("info", said))
        await room.until(lambda: page.model.rows)
        page.hide()
        page.show()
        await room.until(lambda: len(page.model.rows) > 1)
        assert [row.origin for row in page.model.rows] == ["here", "cloud"]

    run(look())

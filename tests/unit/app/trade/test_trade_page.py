from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, get_args

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton, QWidget

from agent_core.protocol.market import Timeframe
from agent_core.terminal.events import TerminalLinkChanged
from agent_core.trading.events import ArmChanged
from app.tour.hands import click, enter, find
from app.widgets.scrolled import FittingScrollArea

Run = Callable[[Any], Any]


def click_row(room: Any, number: int) -> None:
    view = room.page.watchlist.view
    place = view.visualRect(room.page.watchlist.model.index(number)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_choosing_a_symbol_charts_it_and_prepares_the_ticket(room: Any, run: Run) -> None:
    async def look() -> None:
        await room.ready()
        click_row(room, 2)
        await room.until(lambda: room.page.chart.model.symbol == "USDJPY")
        assert room.page.ticket.spec.name == "USDJPY"
        assert room.context.ui.values.symbol == "USDJPY"
        assert room.page.chart.model.price_text(149.8) == "149.800"
        QTest.keyClick(room.page.watchlist.view, Qt.Key.Key_Up)
        await room.until(lambda: room.page.chart.model.symbol == "GBPUSD")

    run(look())


def test_quotes_colour_the_bid_and_light_it_for_a_moment(room: Any, run: Run) -> None:
    async def look() -> None:
        await room.ready()
        model = room.page.watchlist.model
        row = model.rows[0]
        room.feed.quote("EURUSD", 1.085)
        await room.until(lambda: row.direction == 1)
        assert model.lit(row)
        await room.until(lambda: not model.lit(row))
        room.feed.quote("EURUSD", 1.084)
        await room.until(lambda: row.direction == -1)
        assert row.change is not None

    run(look())


def test_searching_offers_other_symbols_and_adds_them(room: Any, run: Run) -> None:
    async def look() -> None:
        await room.ready()
        watchlist = room.page.watchlist
        await enter(room.window, "watchlist.search", "eur")
        assert [(row.symbol, row.watched) for row in watchlist.model.rows] == [
            ("EURUSD", True), ("EURJPY", True), ("EURGBP", False),
        ]  # fmt: skip
        click_row(room, 2)
        await room.until(lambda: room.page.chart.model.symbol == "EURGBP")
        assert watchlist.search.text() == ""
        assert "EURGBP" in room.context.ui.values.watchlist
        watchlist.remove("EURGBP")
        assert "EURGBP" not in [row.symbol for row in watchlist.model.rows]
        await enter(room.window, "watchlist.search", "zzz")
        empty = room.window.findChild(QWidget, "watchlist.empty")
        assert empty.isVisible()
        assert "no symbol like that" in empty.text.text()

    run(look())


def test_timeframes_are_chosen_and_remembered(room: Any, run: Run) -> None:
    async def look() -> None:
        await room.ready()
        await click(room.window, "chart.timeframe.H4")
        await room.until(lambda: room.page.chart.model.timeframe == "H4")
        assert room.context.ui.values.timeframe == "H4"
        more = find(room.window, QToolButton, "chart.timeframe.more").menu()
        every = {action.text(): action for action in more.actions()}
        for timeframe in get_args(Timeframe):
            every[timeframe].trigger()
            await room.until(lambda chosen=timeframe: room.page.chart.model.timeframe == chosen)
            await room.until(lambda: len(room.page.chart.model) > 0)
            assert find(room.window, QToolButton, f"chart.timeframe.{timeframe}").isChecked()
        assert not room.window.findChild(QToolButton, "chart.timeframe.M12").isVisible()

    run(look())


def test_a_symbol_that_fails_leaves_title_chart_and_ticket_in_step(room: Any, run: Run) -> None:
    async def look() -> None:
        await room.ready()
        room.page.show_symbol("NOPE")
        await room.until(lambda: any("NOPE" in text for text in room.context.toasts.messages))
        assert room.page.panel.title.text() == room.page.ticket.spec.name == room.page.chart.model.symbol == "EURUSD"

    run(look())


def test_older_bars_come_when_the_oldest_is_in_sight(room: Any, run: Run) -> None:
    async def look() -> None:
        await room.ready()
        chart = room.page.chart
        assert len(chart.model) == 600
        chart.view.pan(20_000, 600)
        chart.refresh()
        await room.until(lambda: len(chart.model) == 1500)
        chart.view.pan(20_000, 1500)
        chart.refresh()
        await room.until(lambda: room.page.panel._history_ended)
        assert len(chart.model) == 1500

    run(look())


def test_a_lost_link_is_explained_and_the_same_account_loads_again(room: Any, run: Run) -> None:
    async def look() -> None:
        await room.ready()
        room.terminal.link = TerminalLinkChanged("lost", "MetaTrader was closed. Start it again.")
        room.bus.publish(room.terminal.link)
        await room.until(lambda: "was closed" in room.page.ticket.form.message.text())
        room.terminal.link = TerminalLinkChanged("connected", "")
        room.bus.publish(room.terminal.link)
        await room.until(room.page.ticket.form.buy.isEnabled)

    run(look())


def test_running_eas_show_state_age_and_result(room: Any, run: Run) -> None:
    async def look() -> None:
        await room.ready()
        eas = room.page.eas
        assert eas._empty.isVisible()
        beat = SimpleNamespace(profit=61.2, magic=4)
        room.deployments += [
            SimpleNamespace(
                project_name="London breakout", version_number=7, symbol="EURUSD", timeframe="M15", status="running",
                last_beat=datetime.now(UTC) - timedelta(seconds=4), last_error=None, beat=beat,
            ),
            SimpleNamespace(
                project_name="Grid", version_number=1, symbol="GBPUSD", timeframe="M1", status="stopped",
                last_beat=None, last_error="compile error", beat=None,
            ),
        ]  # fmt: skip
        room.context.signals.deployment.emit(room.deployments[0])
        first, second = eas._rows
        assert first.state.text().startswith("running · ♥ 4")
        assert first.profit.text() == "+61.20"
        assert second.state.text() == "stopped: compile error"
        assert eas._count.text() == "1 of 2"
        assert not eas._empty.isVisible()

    run(look())


def test_the_whole_page_paints_in_both_themes(room: Any, run: Run, position: Callable[..., Any]) -> None:
    async def look() -> None:
        await room.ready()
        room.feed.hold(position(1))
        await room.until(room.page.blotter.positions.rowCount)
        dark = room.window.grab().toImage()
        room.context.theme.choose(mode="light")
        light = room.window.grab().toImage()
        chart = room.page.chart
        corner = chart.mapTo(room.window, chart.rect().bottomLeft())
        for image in (dark, light):
            assert not image.isNull()
        assert light.pixelColor(corner.x() + 30, corner.y() - 3) == room.context.theme.color("panel")
        assert dark.pixelColor(corner.x() + 30, corner.y() - 3) != light.pixelColor(corner.x() + 30, corner.y() - 3)

    run(look())


def test_the_ticket_has_no_scroll_bar_where_there_is_room(room: Any, run: Run) -> None:
    async def look() -> None:
        await room.ready()
        (area,) = room.page.ticket.findChildren(FittingScrollArea)
        for words in (8, 15, 30, 37, 45):
            room.terminal.account_problem = "trading " * words
            room.bus.publish(ArmChanged(False, False))
            await room.until(lambda n=words: room.page.ticket.form.message.text() == "trading " * n)
            await room.until(lambda: area.height() >= area.widget().heightForWidth(area.viewport().width()))
            await room.until(lambda: area.verticalScrollBar().maximum() == 0)

    run(look())


def test_messages_cover_neither_a_hint_nor_a_table(room: Any, run: Run) -> None:
    async def look() -> None:
        await room.ready()
        for number in range(4):
            room.context.toasts.error(f"{number}: the cloud can't be reached. Check the internet connection.")
        blotter, watchlist = room.page.blotter, room.page.watchlist
        for toast in room.window.findChildren(QWidget, "toast.error"):
            area = QRect(toast.mapToGlobal(QPoint(0, 0)), toast.size())
            for part in (blotter, watchlist, room.page.ticket, room.page.panel.bar):
                assert not area.intersects(QRect(part.mapToGlobal(QPoint(0, 0)), part.size()))
        toast = room.window.findChild(QWidget, "toast.error")
        room.page.hide()  # another page has no such place
        await room.until(lambda: abs(toast.geometry().center().x() - room.window.width() // 2) <= 1)

    run(look())

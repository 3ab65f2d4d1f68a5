from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QMenu

from agent_core.terminal.events import AccountChanged, ClockMoved, DealsAdded, TerminalLinkChanged
from agent_core.terminal.models import Deal, Side
from app.alerts.indicator_values import last_value, watched_level
from app.alerts.price_alert import Crossing
from app.alerts.watcher import AlertBook
from app.chart.drawings.model import Anchor, Drawing, Tool
from app.chart.indicators import IndicatorSpec
from app.chart.lines import LineKey
from app.chart.workspace import ChartWorkspace
from app.tour.hands import enter
from app.trade.chart_alerts import ALERT
from app.trade.chart_trades import ChartTrades

Run = Callable[[Any], Any]


def shape(workspace: ChartWorkspace) -> list[list[str]]:
    return [[panel.symbol for panel in sheet.panels] for sheet in workspace.sheets]


async def loaded(room: Any) -> None:
    await room.until(
        lambda: all(panel.spec and panel.spec.name == panel.symbol for panel in room.page.workspace.panels)
    )


def test_charts_are_split_linked_and_closed(room: Any, run: Run) -> None:
    async def work() -> None:
        await room.ready()
        workspace = room.page.workspace
        workspace.split(beside=True)
        workspace.show_symbol("GBPUSD")
        workspace.split(beside=False)
        await loaded(room)
        assert shape(workspace) == [["EURUSD", "GBPUSD", "GBPUSD"]]
        first = workspace.panels[0]
        assert room.page.chart is workspace.panels[2].chart
        # The ticket, the watchlist's choice and the fastest quotes belong to the active chart.
        workspace.activate(first)
        assert room.page.ticket.spec.name == "EURUSD"
        workspace.set_links(symbols=True, crosshair=True)
        workspace.show_symbol("USDJPY")
        await loaded(room)
        assert shape(workspace) == [["USDJPY"] * 3]
        first.chart.point_at(QPointF(100, 60))
        assert workspace.panels[1].chart._linked[0] == int(
            first.chart.model.bars["time"][round(first.chart.view.x_to_index(100))]
        )
        workspace.new_tab()
        await loaded(room)
        assert workspace.tabs.isVisible()
        workspace.close_tab(1)
        workspace.close_active()
        await room.until(lambda: shape(workspace) == [["USDJPY"] * 2])
        workspace.close_active()
        workspace.close_active()
        assert shape(workspace) == [["USDJPY"]]

    run(work())


def test_each_account_gets_its_own_charts_back(room: Any, run: Run) -> None:
    async def work() -> None:
        await room.ready()
        workspace = room.page.workspace
        workspace.split(beside=True)
        workspace.show_symbol("GBPUSD")
        workspace.active.set_timeframe("H1")
        workspace.new_tab()
        await loaded(room)
        workspace.set_links(symbols=False, crosshair=True)
        workspace.keep()
        mine, other = room.terminal.account, replace_login(room.terminal.account, 777)
        room.terminal.account = other
        room.bus.publish(AccountChanged(other))
        await room.until(lambda: shape(workspace) == [["EURUSD"]] or len(workspace.panels) == 1)
        assert not workspace.link_crosshair
        room.terminal.account = mine
        room.bus.publish(AccountChanged(mine))
        await room.until(lambda: len(workspace.panels) == 3)
        await loaded(room)
        assert shape(workspace) == [["EURUSD", "GBPUSD"], ["GBPUSD"]]
        assert [panel.timeframe for panel in workspace.panels] == ["M15", "H1", "H1"]
        assert workspace.link_crosshair
        assert not workspace.link_symbols

    run(work())


def replace_login(account: Any, login: int) -> Any:
    return type(account)(**{name: getattr(account, name) for name in account.__slots__} | {"login": login})


def test_bars_told_in_a_wrong_clock_are_read_afresh_and_never_mixed(room: Any, run: Run) -> None:
    async def work() -> None:
        await room.ready()
        chart, bars = room.page.chart, room.terminal.bars
        wrong = chart.model.bars["time"].copy()

        async def two_hours_earlier(symbol: str, timeframe: str, count: int, at: datetime | None = None) -> Any:
            told = (await bars(symbol, timeframe, count, at)).copy()
            told["time"] -= 7200
            return told

        room.terminal.bars = two_hours_earlier
        room.bus.publish(ClockMoved())
        await room.until(lambda: int(chart.model.bars["time"][0]) == int(wrong[0]) - 7200)
        known = set((wrong - 7200).tolist())
        assert all(time in known for time in chart.model.bars["time"].tolist()[:-1])  # the last one is the quote's own

    run(work())


def test_what_the_broker_did_not_send_for_a_while_is_read_when_quotes_come_again(room: Any, run: Run) -> None:
    async def work() -> None:
        await room.ready()
        chart, bars, asked = room.page.chart, room.terminal.bars, []

        async def noted(symbol: str, timeframe: str, count: int, at: datetime | None = None) -> Any:
            asked.append(count)
            return await bars(symbol, timeframe, count, at)

        last = int(chart.model.bars["time"][-1])
        missed = (datetime.now(UTC).timestamp() - last) / 900
        room.terminal.bars = noted
        room.feed.quote("EURUSD", 1.0843, at=(last + 40 * 900) * 1000)
        await room.until(lambda: int(chart.model.bars["time"][-1]) == last + 40 * 900)  # and nothing before it yet
        await room.until(lambda: asked)
        assert asked[0] > missed

    run(work())


def test_a_lost_link_leaves_the_view_alone_and_what_was_missed_is_read(room: Any, run: Run) -> None:
    async def work() -> None:
        await room.ready()
        chart = room.page.chart
        chart.view.pan(900, len(chart.model))
        chart.view.zoom(0.5, 300, len(chart.model))
        before = chart.view.pitch, int(chart.model.bars["time"][round(chart.view.right)])
        await room.until(lambda: not room.page.panel._fetching_older)
        asked: list[int] = []
        bars = room.terminal.bars

        async def noted(symbol: str, timeframe: str, count: int, at: datetime | None = None) -> Any:
            if symbol == "EURUSD" and at is None:
                asked.append(count)
            return await bars(symbol, timeframe, count, at)

        room.terminal.bars = noted
        room.terminal.link = TerminalLinkChanged("lost", "gone")
        room.bus.publish(room.terminal.link)
        await room.until(lambda: room.page._away)
        room.terminal.link = TerminalLinkChanged("connected", "")
        room.bus.publish(room.terminal.link)
        await room.until(lambda: asked)
        missed = (datetime.now(UTC).timestamp() - float(chart.model.bars["time"][-1])) / 900
        assert missed < max(asked) < 2000  # all of it, but not everything
        assert (chart.view.pitch, int(chart.model.bars["time"][round(chart.view.right)])) == before

    run(work())


def test_drawings_of_a_symbol_are_the_same_on_all_its_charts(room: Any, run: Run) -> None:
    async def work() -> None:
        await room.ready()
        room.page.workspace.split(beside=True)
        await loaded(room)
        one, two = (panel.chart for panel in room.page.workspace.panels)
        one.hand._change((Drawing(tool=Tool.HORIZONTAL, anchors=(Anchor(0, 1.08),)),))
        assert two.hand.drawings.items == one.hand.drawings.items

    run(work())


def deal(ticket: int, position: int, entry: int, price: float, minutes: int, magic: int = 0, profit: float = 0) -> Deal:
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=minutes)
    side = Side.BUY if entry == 0 else Side.SELL
    return Deal(ticket, ticket, position, "EURUSD", side, entry, 0.2, price, profit, 0, 0, 0, at, magic, "")


def test_trades_are_marked_filtered_and_told(room: Any, run: Run) -> None:
    history = [deal(1, 10, 0, 1.0840, 600), deal(2, 10, 1, 1.0850, 500, profit=20.0), deal(3, 11, 0, 1.0845, 400, 9)]

    async def deals(_since: datetime, _until: datetime | None = None) -> list[Deal]:
        return history

    room.terminal.deals = deals
    room.desk.owner_of = lambda magic: "Scalper v2" if magic == 9 else "manual"

    async def work() -> None:
        await room.ready()
        chart = room.page.chart
        (trades,) = room.page.panel.findChildren(ChartTrades)
        await room.until(lambda: len(chart.scene.marks.shown.marks) == 3)
        assert chart.scene.marks.shown.owners == ["", "Scalper v2"]
        room.bus.publish(DealsAdded((deal(4, 11, 1, 1.0835, 1, 0, -20.0),)))
        await room.until(lambda: len(chart.scene.marks.shown.marks) == 4)
        assert chart.scene.marks.shown.marks[-1].owner == "Scalper v2"
        trades.fill_menu()
        assert [(action.text(), action.isChecked()) for action in trades.menu.actions()] == [
            ("Manual", True), ("Scalper v2", True),
        ]  # fmt: skip
        trades.menu.actions()[0].setChecked(False)
        await room.until(lambda: chart.scene.marks.shown.owners == ["Scalper v2"])
        mark = chart.scene.marks.shown.marks[-1]
        chart.mark_clicked.emit(mark, QPointF(300, 200))
        assert trades.card.isVisible()
        assert "Buy 0.20 EURUSD" in trades.card.title.text()
        assert "−20.00 USD" in trades.card.result.text()
        assert "Scalper v2" in trades.card.owner.text()
        chart.mark_clicked.emit(None, QPointF(1, 1))
        assert not trades.card.isVisible()

    run(work())


def test_alerts_are_set_dragged_and_removed_on_the_chart(room: Any, run: Run) -> None:
    async def work() -> None:
        await room.ready()
        chart, book = room.page.chart, AlertBook(room.context.ui)
        menu = QMenu()
        place = QPointF(200, chart.price_to_y(1.0850))
        chart.menu_opening.emit(menu, place)
        (action,) = [each for each in menu.actions() if each.objectName() == "chart.menu.alert"]
        action.trigger()
        (alert,) = book.alerts
        assert float(alert.price) == pytest.approx(1.0850, abs=0.0003)
        key = LineKey(ALERT, alert.id.int)
        assert chart.layer.find(key) is not None
        chart.line_dropped.emit(key, 1.0820)
        (moved,) = book.alerts
        assert (moved.price, moved.crossing.value) == (Decimal("1.08200"), "BELOW")
        assert room.desk.calls == []  # no order was touched
        chart.line_closed.emit(LineKey(ALERT, moved.id.int))
        assert book.alerts == []
        assert chart.layer.find(LineKey(ALERT, moved.id.int)) is None

    run(work())


def test_an_indicators_level_is_watched_from_its_pane(room: Any, run: Run) -> None:
    async def work() -> None:
        await room.ready()
        chart, book = room.page.chart, AlertBook(room.context.ui)
        chart.set_indicators([IndicatorSpec(key="rsi", settings={"period": 7}), IndicatorSpec(key="rsi")])
        pane = chart.scene.panes[0]
        menu, y = QMenu(), pane.top + pane.view.price_to_y(70.0)
        chart.menu_opening.emit(menu, QPointF(200, y))
        (action,) = menu.actions()
        assert action.text().startswith("Alert when RSI 7 gets to 7")
        action.trigger()
        (alert,) = book.alerts
        assert alert.indicator is not None
        assert (alert.indicator.key, alert.indicator.timeframe, alert.symbol) == ("rsi", "M15", "EURUSD")
        assert (alert.indicator.settings, alert.indicator.title) == ({"period": 7}, "RSI 7 M15")
        assert chart.scene.watched_levels == {"RSI 7": (float(alert.price),)}
        bars = await room.terminal.bars("EURUSD", "M15", 600)
        assert last_value(alert.indicator, bars) == pytest.approx(pane.active.last("value"))
        image = chart.grab().toImage()
        row = round(pane.top + pane.view.price_to_y(float(alert.price)))
        inks = {image.pixelColor(x, row).name() for x in range(99)}
        assert chart.scene.style.warning.name() in inks
        menu = QMenu()
        chart.menu_opening.emit(menu, QPointF(200, y))
        menu.actions()[-1].trigger()
        assert book.alerts == []
        assert chart.scene.watched_levels == {}
        book.add("EURUSD", Crossing.ABOVE, Decimal(70), indicator=watched_level("rsi", "M15", {"period": 14}))
        assert chart.scene.watched_levels == {"RSI 14": (70.0,)}

    run(work())


def test_the_ruler_counts_the_tickets_money(room: Any, run: Run) -> None:
    async def work() -> None:
        await room.ready()
        await enter(room.window, "ticket.sl", "1.08251")
        await room.until(lambda: room.page.ticket.levels() is not None and room.page.ticket.levels().preview)
        text = room.page.lines.money_between(1.0800, 1.0810)
        assert "USD" in text
        assert "0.61" in text

    run(work())

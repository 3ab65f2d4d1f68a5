"""Steps on the marks of trades: each EA in its own colour, with the history's results, filtered by owner."""

from decimal import Decimal
from functools import partial
from uuid import uuid4

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from agent_core.terminal.models import OrderKind, Side
from agent_core.trading.models import OrderTicket, SizeMode
from app import formatting
from app.chart.marks import TradeMark, TradeMarks
from app.chart.widget import ChartWidget
from app.tour.chart_view_steps import USUAL
from app.tour.charts import Painting, chart_of, panel_of, pause, show
from app.tour.guide import Guide
from app.tour.hands import find, until
from app.tour.step import Step
from app.tour.trade_layer_steps import close_position
from app.tour.trading import SYMBOL, choose, clear_ticket, trade_at_market, trade_page

_EAS = {"London breakout v2": Side.SELL, "Night scalper v1": Side.BUY}


async def marks(guide: Guide) -> None:
    """Trades of two EAs and of the trader's hand: each in its own colour, with their results, filtered by owner."""
    chart, layer = chart_of(guide), chart_of(guide).scene.marks
    await show(guide, "M1")
    await close_position(guide, await trade_at_market(guide, "buy", "0.10"))
    await clear_ticket(guide)
    positions = {name: await _traded_by(guide, name, side) for name, side in _EAS.items()}
    await until("their entries and exits are marked", lambda: set(positions) <= set(layer.shown.owners))
    await until("each exit is linked", lambda: _links_of(layer.shown, set(positions.values())) == len(positions))
    results = {trade.position: trade.net for trade in trade_page(guide).blotter.trades.rows}
    for position in positions.values():
        mark = _exit_of(layer.shown, position)
        net = formatting.money(results[position], signed=True)
        guide.check("The mark of the exit tells the history's result", mark.text == net, (mark, net))
    await guide.picture("all")
    await _check_filter(guide, chart, positions)
    await show(guide, USUAL)


async def _check_filter(guide: Guide, chart: ChartWidget, positions: dict[str, int]) -> None:
    """Leaves each owner alone on the chart, one after the other; its marks are painted in its colour."""
    layer = chart.scene.marks
    owners, colours = ("Manual", *positions), set()
    for alone, position in positions.items():
        for owner in owners:
            if owner != alone:
                await _toggle(guide, owner)
        await until("the others are gone", partial(_is_alone, chart, alone))
        await pause()
        mark, colour = layer.shown.marks[-1], chart.scene.style.colour(layer.colour(alone))
        place = await until("its mark is there", partial(_drawn_at, chart, mark))
        lean = 3 if mark.up else -3
        shown = Painting(chart).shows(colour, place.x(), place.y() + lean)
        guide.check(f"{alone} has its colour", shown, colour.name())
        colours.add(colour.name())
        await _check_card(guide, chart, place, _exit_of(layer.shown, position))
        await guide.picture(alone.split()[0].lower())
        QTest.mouseClick(chart, Qt.MouseButton.LeftButton, pos=QPoint(40, chart.height() // 2))
        for owner in owners:
            if owner != alone:
                await _toggle(guide, owner)
        await until("all are back", lambda: set(positions) <= set(layer.shown.owners))
    guide.check("Each EA has a colour of its own", len(colours) == len(positions))


async def _check_card(guide: Guide, chart: ChartWidget, place: QPoint, mark: TradeMark) -> None:
    QTest.mouseClick(chart, Qt.MouseButton.LeftButton, pos=place)
    told = await until("the card tells of it", lambda: find(guide.window, QLabel, "chart.trade.result").text())
    guide.check("The card tells the mark's number", f"  {mark.text} " in told, (mark.text, told))


async def _toggle(guide: Guide, owner: str) -> None:
    menu = panel_of(guide).bar.trades
    menu.popup(panel_of(guide).bar.mapToGlobal(QPoint(700, 34)))
    await until("the menu of the owners opens", menu.isVisible)
    await choose(menu, owner)


async def _traded_by(guide: Guide, owner: str, side: Side) -> int:
    """Opens and closes a position in the name of an EA, as one does that sends its orders through this program."""
    desk = guide.context.agent.desk
    order = OrderTicket(uuid4(), SYMBOL, side, OrderKind.MARKET, SizeMode.LOTS, Decimal("0.10"), owner=owner)
    opened = await desk.place(order)
    guide.check(f"{owner} has traded", opened.position is not None, opened.message)
    ticket = int(opened.position or 0)
    await until("the window knows it", lambda: any(p.ticket == ticket for p in guide.context.agent.feed.positions))
    await desk.close_position(ticket)
    await until(
        "it is in the history", lambda: any(t.position == ticket for t in trade_page(guide).blotter.trades.rows)
    )
    return ticket


def _exit_of(shown: TradeMarks, position: int) -> TradeMark:
    return next(mark for mark in shown.marks if mark.position == position and not mark.entry)


def _is_alone(chart: ChartWidget, owner: str) -> bool:
    return chart.scene.marks.shown.owners == [owner]


def _links_of(shown: TradeMarks, positions: set[int]) -> int:
    return sum(link.position in positions for link in shown.links)


def _drawn_at(chart: ChartWidget, mark: TradeMark) -> QPoint | None:
    """Returns where the tip of a mark is; None while it is not drawn there."""
    index = int(chart.model.bars["time"].searchsorted(int(mark.time.timestamp()), side="right")) - 1
    place = QPoint(round(chart.index_to_x(index)), round(chart.price_to_y(mark.price)))
    return place if chart.scene.marks.at(QPointF(place)) is not None else None


STEPS = (Step("marks", "Trades of each EA on the chart", marks),)

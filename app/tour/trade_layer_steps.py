"""Steps on orders and positions as lines of the chart: what they tell, and what happens while they are dragged."""

from functools import partial
from typing import Any

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from agent_core.terminal.models import SymbolSpec
from app import formatting
from app.chart.lines import LineKey, TradeLine
from app.chart.widget import ChartWidget
from app.tour.chart_view_steps import USUAL
from app.tour.charts import chart_of, panel_of, until_charted
from app.tour.guide import Guide
from app.tour.hands import drag, enter, pull, until
from app.tour.step import Step
from app.tour.trading import (
    SYMBOL,
    clear_ticket,
    level_in,
    line,
    press_in_row,
    quote,
    row_of,
    send,
    size_in,
    spec_of,
    trade_at_market,
    trade_page,
    until_closed,
    until_priced,
)

_STOP_PIPS = 20
#: Its broker wants stops at least a pip away from the price.
_STRICT = "USDCHF"


async def order_lines(guide: Guide) -> None:
    """A pending order's lines tell lots, pips, money and R; it is dragged, and cancelled by its cross."""
    spec, chart = await spec_of(guide), chart_of(guide)
    bid, _ = await quote(guide)
    price = round(bid - _STOP_PIPS * spec.pip, spec.digits)
    await size_in(guide, "Lots", "0.20")
    await guide.press("ticket.kind.limit")
    await enter(guide.window, "ticket.price", f"{price:.{spec.digits}f}")
    await level_in(guide, "sl", "Pips", str(_STOP_PIPS))
    await level_in(guide, "tp", "R", "2")
    await until_priced(guide)
    await send(guide, "ticket.buy")
    state = await guide.until_terminal("the order waits", lambda now: len(now["orders"]) == 1)
    await clear_ticket(guide)
    ticket = int(state["orders"][0]["ticket"])
    await until("its lines are drawn", lambda: line(guide, "order.tp", ticket))
    told = [_text(guide, kind, ticket) for kind in ("order", "order.sl", "order.tp")]
    risk = formatting.money(_worth(spec, 0.2, _STOP_PIPS))
    reward = formatting.money(_worth(spec, 0.2, 2 * _STOP_PIPS))
    wanted = ["Buy limit 0.20", f"SL  −{_STOP_PIPS}.0 pips  −{risk}", f"TP  +40.0 pips  +{reward}  +2.0 R"]
    guide.check("They tell lots, pips, money and R", told == wanted, told)
    x, goal = chart.width() // 3, price + 5 * spec.pip
    end = QPoint(x, round(chart.price_to_y(goal)))
    await pull(chart, QPoint(x, round(chart.line_y("order", ticket))), end)
    truth = (await guide.terminal.state())["orders"][0]
    guide.check("While it is dragged the terminal knows nothing", truth["price_open"] == price, truth)
    guide.check("The target's R follows", _text(guide, "order.tp", ticket).endswith("R"), told)
    await guide.picture("dragging")
    QTest.mouseRelease(chart, Qt.MouseButton.LeftButton, pos=end)
    await guide.until_terminal("the order is where it was dropped", partial(_order_near, goal, 2 * spec.pip))
    place = await until("its cross is drawn", lambda: _cross(chart, LineKey("order", ticket)))
    QTest.mouseClick(chart, Qt.MouseButton.LeftButton, pos=place)
    await guide.until_terminal("the cross cancels it", lambda now: not now["orders"])
    await until("its lines are gone", lambda: line(guide, "order", ticket) is None)


async def stop_preview(guide: Guide) -> None:
    """While a stop is dragged its label counts pips, money and R against the first risk; Escape gives it up."""
    spec, chart = await spec_of(guide), chart_of(guide)
    ticket = await trade_at_market(guide, "buy", "0.10", str(_STOP_PIPS))
    await clear_ticket(guide)
    held = await until("its stop is drawn", lambda: line(guide, "sl", ticket) and _position(guide, ticket))
    guide.check("The stop risks 1 R", _text(guide, "sl", ticket).endswith("−1.0 R"), _text(guide, "sl", ticket))
    risk = held.price_open - held.sl
    chart.reset_view()
    x, start = chart.width() // 3, round(chart.line_y("sl", ticket))
    even = QPoint(x, round(chart.price_to_y(held.price_open)))
    await pull(chart, QPoint(x, start), even)
    told, at = _text(guide, "sl", ticket), _price(guide, "sl", ticket)
    wanted = formatting.number((at - held.price_open) / risk, 1, signed=True)
    guide.check("At break-even it would risk nothing", f"  {wanted} R" in told and wanted in ("0.0", "+0.1"), told)
    await guide.picture("break-even")
    QTest.keyClick(chart, Qt.Key.Key_Escape)
    QTest.mouseRelease(chart, Qt.MouseButton.LeftButton, pos=even)
    guide.check("Escape puts it back", abs(_price(guide, "sl", ticket) - held.sl) < spec.tick_size)
    half = QPoint(x, round(chart.price_to_y(held.price_open - risk / 2)))
    await pull(chart, QPoint(x, round(chart.line_y("sl", ticket))), half)
    truth = (await guide.terminal.state())["positions"][0]
    guide.check("Nothing is sent before it is let go", truth["sl"] == held.sl, truth)
    await guide.picture("dragging")
    QTest.mouseRelease(chart, Qt.MouseButton.LeftButton, pos=half)
    moved = await guide.until_terminal("the stop is moved", partial(_stop_moved, held.sl))
    level = moved["positions"][0]["sl"]
    await until("the window has it", lambda: _position(guide, ticket).sl == level)
    wanted = formatting.number((level - held.price_open) / risk, 1, signed=True)
    guide.check("R still counts by the first stop", _text(guide, "sl", ticket).endswith(f"{wanted} R"), wanted)
    row = next(row for row in trade_page(guide).blotter.positions.rows if row.position.ticket == ticket)
    right = (row.position.price_current - held.price_open) / risk
    guide.check("and so does the table", row.r_multiple is not None and abs(row.r_multiple - right) < 1e-6)
    await close_position(guide, ticket)


async def refused_drag(guide: Guide) -> None:
    """A stop dropped inside the broker's stops level is refused with the reason, and goes back."""
    page, chart = trade_page(guide), chart_of(guide)
    page.show_symbol(_STRICT)
    await until_charted(panel_of(guide), _STRICT, USUAL)
    spec = await spec_of(guide, _STRICT)
    await until("the ticket is for it", lambda: page.ticket.spec is not None and page.ticket.spec.name == _STRICT)
    ticket = await trade_at_market(guide, "buy", "0.10", str(_STOP_PIPS))
    await clear_ticket(guide)
    held = await until("its stop is drawn", lambda: line(guide, "sl", ticket) and _position(guide, ticket))
    chart.reset_view()
    x = chart.width() // 3
    await pull(chart, QPoint(x, round(chart.line_y("sl", ticket))), await _beside_price(guide, spec, x), steps=4)
    shown = line(guide, "sl", ticket)
    guide.check("The label warns", shown is not None and shown.tone == "warning" and "too close" in shown.text, shown)
    await guide.picture("too-close")
    QTest.keyClick(chart, Qt.Key.Key_Escape)
    QTest.mouseRelease(chart, Qt.MouseButton.LeftButton, pos=QPoint(x, 10))
    before = guide.context.toasts.messages
    goal = await _beside_price(guide, spec, x)  # the price may have moved while one looked
    await drag(chart, QPoint(x, round(chart.line_y("sl", ticket))), goal, steps=2)
    told = await until("the reason is told", lambda: [t for t in guide.context.toasts.messages if t not in before])
    least = formatting.price(spec.stops_level * spec.point, spec.digits)
    guide.check(f"It says how far away it must be ({least})", "further away" in told[-1], told)
    await until("the line is back", lambda: abs(_price(guide, "sl", ticket) - held.sl) < spec.tick_size)
    truth = (await guide.terminal.state())["positions"][0]
    guide.check("The terminal has the old stop", truth["sl"] == held.sl, truth)
    await guide.picture("refused")
    await close_position(guide, ticket)
    page.show_symbol(SYMBOL)
    await until_charted(panel_of(guide), SYMBOL, USUAL)


async def close_position(guide: Guide, ticket: int) -> None:
    """Closes a position by the button of its row."""
    table = trade_page(guide).blotter.positions_table
    press_in_row(table, row_of(table, lambda row: row.position.ticket == ticket), "close")
    await until_closed(guide)


async def _beside_price(guide: Guide, spec: SymbolSpec, x: int) -> QPoint:
    """Returns a place where a buy's stop is refused, if the price does not rise by more than the stops level."""
    bid, _ = await quote(guide, spec.name)
    return QPoint(x, round(chart_of(guide).price_to_y(bid + 5 * spec.point)))


def _position(guide: Guide, ticket: int) -> Any:
    return next(held for held in guide.context.agent.feed.positions if held.ticket == ticket)


def _line(guide: Guide, kind: str, ticket: int) -> TradeLine:
    found = line(guide, kind, ticket)
    assert found is not None  # noqa: S101  # it was waited for
    return found


def _text(guide: Guide, kind: str, ticket: int) -> str:
    return _line(guide, kind, ticket).text


def _price(guide: Guide, kind: str, ticket: int) -> float:
    return _line(guide, kind, ticket).price


def _worth(spec: SymbolSpec, lots: float, pips: float) -> float:
    return pips * spec.pip / spec.tick_size * spec.tick_value * lots


def _order_near(price: float, near: float, state: dict[str, Any]) -> bool:
    return bool(state["orders"]) and abs(state["orders"][0]["price_open"] - price) < near


def _stop_moved(before: float, state: dict[str, Any]) -> bool:
    return bool(state["positions"]) and state["positions"][0]["sl"] != before


def _cross(chart: ChartWidget, key: LineKey) -> QPoint | None:
    y = chart.line_y(key.kind, key.ticket)
    for x in range(round(chart.view.width), 0, -2):
        crossed = chart.layer.cross_at(QPointF(x, y))
        if crossed is not None and crossed.key == key:
            return QPoint(x, round(y))
    return None


STEPS = (
    Step("order-lines", "A pending order on the chart", order_lines),
    Step("stop-preview", "A stop while it is dragged", stop_preview),
    Step("refused-drag", "A drag inside the stops level is refused", refused_drag),
)

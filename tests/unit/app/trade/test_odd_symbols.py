"""Symbols a broker may have: no digits, eight, three, and names with odd characters, all through the Trade page."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from agent_core.terminal.models import BAR_DTYPE, Bars, Position
from app.chart.lines import LineKey
from app.tour.hands import enter
from tests.unit.app.trade.conftest import NOW, spec_of

Run = Callable[[Any], Any]


def weekly_gaps(price: float) -> Bars:
    """Bars with gaps of weeks between them, some of them broken, and not in order."""
    bars = np.zeros(300, BAR_DTYPE)
    back = np.arange(300)[::-1]
    bars["time"] = int(NOW.timestamp()) // 900 * 900 - back * 900 - (back // 60) * 86400 * 30
    for name, factor in (("open", 1.0), ("close", 1.0005), ("high", 1.001), ("low", 0.999)):
        bars[name] = price * factor
    bars["volume"] = 10
    bars["close"][50], bars["open"][60], bars["low"][70] = np.nan, 0.0, -1.0
    bars[100], bars[200] = bars[200].copy(), bars[100].copy()
    return bars


@pytest.mark.parametrize(
    ("name", "digits", "bid", "spread", "text"),
    [
        ("#JP225.cash+", 0, 38_412.0, 7.0, "38412"),
        ("SHIB/USD'€;--", 8, 0.00002345, 0.00000002, "0.00002345"),
        ("USDJPY", 3, 149.832, 0.007, "149.832"),
        ("ÄÖ <b>&amp;</b> %s", 2, 12.5, 0.01, "12.50"),
    ],
)
def test_a_symbol_is_charted_quoted_and_traded_whatever_it_is_like(
    room: Any, run: Run, position: Callable[..., Position], name: str, digits: int, bid: float, spread: float, text: str
) -> None:
    point = 10.0**-digits
    room.terminal.specs[name] = spec_of(name, digits=digits, point=point, tick_size=point, path=f"Odd\\{name}")

    async def bars(symbol: str, _timeframe: str, count: int, before: Any = None) -> Bars:
        return weekly_gaps(bid)[: 0 if before else count]

    async def trade() -> None:
        await room.ready()
        page = room.page
        room.terminal.bars = bars
        page.watchlist._all[name] = room.terminal.specs[name]
        page.watchlist.add(name)
        page.show_symbol(name)
        await room.until(lambda: page.ticket.spec is not None and page.ticket.spec.name == name)
        room.feed.quote(name, bid, spread)
        await room.until(lambda: page.ticket.form.sell.price == text)
        stop = bid - 20 * point
        await enter(room.window, "ticket.sl", f"{stop:.{digits}f}")
        room.feed.hold(position(5, name, price_open=bid, price_current=bid, sl=stop, tp=None))
        line = await room.until(lambda: page.chart.layer.find(LineKey("sl", 5)))
        assert line.price == pytest.approx(stop)
        assert page.blotter.positions.cells(0)[4][0] == text
        assert page.panel.title.text() == name
        times = page.chart.model.bars["time"]
        assert (np.diff(times) > 0).all()
        assert len(page.chart.model) == 297  # the broken ones are left out
        for kind in list(type(page.chart.model.kind)):
            page.chart.set_kind(kind)
            assert not page.grab().isNull()
        page.chart.line_dropped.emit(LineKey("sl", 5), stop - 3 * point)
        await room.until(lambda: room.desk.calls)
        assert room.desk.calls[0][2] == Decimal(f"{stop - 3 * point:.{digits}f}")
        await room.until(lambda: not room.context.tasks._running)

    run(trade())

"""Steps on how a chart shows its bars: kinds, timeframes, scales, the time axis, and who decides what is in sight."""

import math

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from agent_core.protocol.market import TIMEFRAME_SECONDS, Timeframe
from app.chart.bar import TIMEFRAMES
from app.chart.candles import VOLUME_SHARE, ChartKind
from app.chart.sessions import SESSIONS, shown_sessions
from app.chart.viewport import PriceScale
from app.chart.widget import ChartWidget
from app.tour.charts import (
    Painting,
    chart_of,
    choose_in_bar,
    open_bar_menu,
    pause,
    show,
    terminals_bars,
    turn_wheel,
)
from app.tour.guide import Guide
from app.tour.hands import drag, until
from app.tour.step import Step

USUAL: Timeframe = "M15"
_PICTURED: tuple[Timeframe, ...] = ("M1", "H4", "D1", "MN1")
#: Flat areas are painted in their very colour.
_EXACT = 12
_LONGEST_NIGHT = 24 * 3600


async def kinds(guide: Guide) -> None:
    """Bars, a line, Heikin Ashi and candles again; the columns under them are the terminal's volume."""
    chart = chart_of(guide)
    menu = await open_bar_menu(guide, "chart.kind")
    await guide.picture("menu")
    menu.close()
    for kind in (ChartKind.BARS, ChartKind.LINE, ChartKind.HEIKIN_ASHI, ChartKind.CANDLES):
        await choose_in_bar(guide, "chart.kind", kind.value)
        await pause()
        guide.check(f"{kind.value}: every bar in sight is painted at its prices", _painted_share(chart, kind) > 0.9)
        if kind is ChartKind.HEIKIN_ASHI:
            at = len(chart.model) - 3
            bar, legend = chart.model.bars[at], chart.model.legend(at)
            mean = sum(float(bar[name]) for name in ("open", "high", "low", "close")) / 4
            guide.check(
                "Its close is the mean of the bar's prices", legend is not None and math.isclose(legend.close, mean)
            )
        if kind is not ChartKind.CANDLES:
            await guide.picture(kind.name.lower().replace("_", "-"))
    _check_volume(guide, chart)


async def timeframes(guide: Guide) -> None:
    """Each timeframe of the terminal, from a minute to a month; its bars are the terminal's."""
    chart = chart_of(guide)
    for timeframe in TIMEFRAMES:
        await show(guide, timeframe)
        truth = await terminals_bars(guide, 60)
        ours = chart.model.bars[-len(truth) :]
        same = len(ours) == len(truth) and all(
            np.array_equal(ours[name][:-2], truth[name][:-2]) for name in ("time", "open", "high", "low", "close")
        )
        guide.check(f"{timeframe}: the bars are the terminal's", same)
        if timeframe in _PICTURED:
            await guide.picture(timeframe)
    await show(guide, USUAL)
    guide.check("A bar of M15 takes a quarter of an hour", TIMEFRAME_SECONDS[chart.model.timeframe] == 900)


async def scales(guide: Guide) -> None:
    """Logarithms of prices evenly, percents on the axis, and prices again."""
    chart = chart_of(guide)
    view = chart.view
    await show(guide, "MN1")
    await choose_in_bar(guide, "chart.kind", PriceScale.LOG.value)
    await pause()
    middle = math.sqrt(view.low * view.high)
    guide.check("The geometric mean is in the middle", abs(view.price_to_y(middle) - view.height / 2) < 1)
    await guide.picture("log")
    await choose_in_bar(guide, "chart.kind", PriceScale.PERCENT.value)
    await pause()
    base = chart.scene.percent_base
    told = [chart.scene.axis_text(base * factor).replace("\u2212", "-") for factor in (1, 1.1, 0.9)]
    guide.check("Percents count from the first close in sight", told == ["0.00 %", "+10.00 %", "-10.00 %"], told)
    await guide.picture("percent")
    await choose_in_bar(guide, "chart.kind", PriceScale.LINEAR.value)
    guide.check("Prices are even again", view.scale is PriceScale.LINEAR)
    await show(guide, USUAL)


async def time_axis(guide: Guide) -> None:
    """The weekend takes its time's room, or none; office hours of the three centres are shaded."""
    chart = chart_of(guide)
    view = chart.view
    await show(guide, "H1")
    for _ in range(4):
        QTest.keyClick(chart, Qt.Key.Key_Minus)
    first, last = view.visible(len(chart.model))
    steps = np.diff(chart.model.bars["time"][first : last + 1])
    guide.check("A weekend is in sight", bool((steps > _LONGEST_NIGHT).any()))
    friday = first + int(steps.argmax())
    hours = int(steps.max()) // 3600
    for shown in (True, False):
        await choose_in_bar(guide, "chart.kind", "Show closed hours")
        await pause()
        away = chart.index_to_x(friday + 1) - chart.index_to_x(friday)
        slots = hours if shown else 1
        guide.check(f"Monday is {slots} bars after Friday", abs(away - slots * view.pitch) < 0.5, away)
        if shown:
            await guide.picture("closed-hours")
    QTest.keyClick(chart, Qt.Key.Key_Home)
    await show(guide, USUAL)
    await choose_in_bar(guide, "chart.kind", "Shade sessions")
    await pause()
    _check_sessions(guide, chart)
    await guide.picture("sessions")
    await choose_in_bar(guide, "chart.kind", "Shade sessions")
    guide.check("The shades are gone", not chart.scene.sessions)


async def ranges(guide: Guide) -> None:
    """What the user has set by hand stays while prices come, until it is given back."""
    chart = chart_of(guide)
    view, axis = chart.view, round(chart.view.width) + 20
    span = view.high - view.low
    await drag(chart, QPoint(axis, 200), QPoint(axis, 270))
    guide.check("The price axis was stretched", view.high - view.low > 1.5 * span)
    await drag(chart, QPoint(300, 200), QPoint(640, 260))
    set_by_hand = (view.low, view.high, view.right, view.pitch)
    ticks: list[object] = []
    guide.context.signals.ticks.connect(ticks.append)
    await until("quotes come", lambda: len(ticks) > 2, 120)
    guide.context.signals.ticks.disconnect(ticks.append)
    guide.check("Quotes move neither prices nor bars", set_by_hand == (view.low, view.high, view.right, view.pitch))
    await guide.picture("by-hand")
    place = QPoint(500, 200)
    bar = view.x_to_index(place.x())
    turn_wheel(chart, place, 3)
    guide.check("The wheel zooms around the bar under the pointer", abs(view.x_to_index(place.x()) - bar) < 0.05)
    QTest.mouseDClick(chart, Qt.MouseButton.LeftButton, pos=QPoint(axis, 200))
    guide.check("A double click on the axis fits the prices again", view.auto_range)
    QTest.keyClick(chart, Qt.Key.Key_Home)
    guide.check("Home shows the newest bar", chart.following)


async def older_bars(guide: Guide) -> None:
    """Scrolling back brings older bars as far as they are looked at; what is in sight stays put."""
    await show(guide, "M1")
    chart = chart_of(guide)
    model, known = chart.model, len(chart.model)
    oldest = int(model.bars["time"][0])
    turn_wheel(chart, QPoint(10, 120), -6)
    while chart.view.x_to_index(0) >= 0:
        QTest.keyClick(chart, Qt.Key.Key_Left)
    before = chart.index_to_x(0)
    await until("older bars come", lambda: len(model) > known)
    stays = chart.index_to_x(int(np.searchsorted(model.bars["time"], oldest)))
    guide.check("What was in sight stays put", abs(stays - before) < 1, (stays, before))
    truth = await terminals_bars(guide, len(model))
    same = np.array_equal(model.bars["time"][:-2], truth["time"][-len(model) : -2])
    guide.check("They join without a gap", same and bool((np.diff(model.bars["time"]) > 0).all()))
    guide.check("They were read as far as was looked", known < len(model) <= known + 2 * 2000, len(model))
    await guide.picture("scrolled")
    QTest.keyClick(chart, Qt.Key.Key_Home)
    await show(guide, USUAL)


def _painted_share(chart: ChartWidget, kind: ChartKind) -> float:
    """Returns at which share of the bars in sight there is paint of the right colour between high and low."""
    painting, style, view = Painting(chart), chart.scene.style, chart.view
    first, last = view.visible(len(chart.model))
    painted = 0
    for index in range(first + 1, last - 1):
        bar = chart.model.legend(index)
        assert bar is not None  # noqa: S101  # it is in sight
        price = bar.close if kind is ChartKind.LINE else (bar.high + bar.low) / 2
        colour = style.accent if kind is ChartKind.LINE else style.up if bar.close >= bar.open else style.down
        painted += painting.shows(colour, chart.index_to_x(index), view.price_to_y(price))
    return painted / max(1, last - first - 2)


def _check_volume(guide: Guide, chart: ChartWidget) -> None:
    first, last = chart.view.visible(len(chart.model))
    bars = chart.model.bars[first:last]
    most = int(bars["volume"].argmax())
    rising = bars["close"][most] >= bars["open"][most]
    style, height = chart.scene.style, chart.view.height
    colour = style.up_volume if rising else style.down_volume
    top = height - height * VOLUME_SHARE * float(bars["volume"][most]) / float(max(1.0, bars["volume"].max()))
    shown = Painting(chart).shows(colour, chart.index_to_x(first + most), top + 4, near=_EXACT)
    guide.check("The largest volume has the highest column, in its bar's colour", shown)


def _check_sessions(guide: Guide, chart: ChartWidget) -> None:
    painting, view, times = Painting(chart), chart.view, chart.model.bars["time"]
    first, last = view.visible(len(times))
    found = shown_sessions(int(times[first]), int(times[last]), chart.model.timeframe)
    for session in SESSIONS:
        hours = next((each for each in found if each[0] is session), None)
        if hours is None:
            continue
        inside = np.flatnonzero((times >= hours[1]) & (times < hours[2]))
        inside = inside[(inside > first + 1) & (inside < last - 1)]
        colour = chart.scene.style.tint(chart.scene.style.colour(session.tone), 0.55)
        y = view.height - (SESSIONS.index(session) + 1) * 4 + 1
        seen = [painting.shows(colour, chart.index_to_x(int(at)), y, 4, _EXACT) for at in inside]
        guide.check(f"The hours of {session.name} are shaded", not seen or sum(seen) > 0.8 * len(seen), seen)


STEPS = (
    Step("chart-kinds", "Bars, line, Heikin Ashi, candles, and volume", kinds),
    Step("timeframes", "Timeframes from a minute to a month", timeframes),
    Step("scales", "Logarithmic and percent scale", scales),
    Step("time-axis", "Closed hours skipped or shown, sessions shaded", time_axis),
    Step("ranges", "The automatic range leaves the user alone", ranges),
    Step("older-bars", "Older bars come as they are wanted", older_bars),
)

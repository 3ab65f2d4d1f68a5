"""Steps on indicators: every kind drawn where its values are, overlays and panes, settings changed while looking."""

import math

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QColorDialog, QDoubleSpinBox

from app.chart.indicator_dialog import IndicatorDialog
from app.chart.indicators import INDICATORS, IndicatorSpec
from app.chart.widget import ChartWidget
from app.language import tr
from app.tour.charts import Painting, chart_of, choose_in_bar, open_bar_menu, pause, share_drawn
from app.tour.guide import Guide
from app.tour.hands import enter, find, until
from app.tour.step import Step
from app.tour.trading import choose

_OVERLAYS = ("bollinger", "supertrend", "vwap", "ema", "sar")
_PANES = ("rsi", "macd", "atr")
_RED = QColor("#ff3b6b")


async def every_kind(guide: Guide) -> None:
    """Each indicator of the list, one after the other: its lines are painted where its values belong."""
    chart, before = chart_of(guide), chart_of(guide).indicators
    for key, kind in INDICATORS.items():
        await _remove_all(guide, chart)
        await _add(guide, chart, key)
        await pause()
        active, painting = chart.model.indicators[0], Painting(chart)
        shares = [share_drawn(chart, painting, active, output) for output in kind.outputs]
        in_sight = [share for share in shares if share is not None]
        guide.check(f"{kind.title} is drawn at its values", bool(in_sight) and min(in_sight) > 0.6, shares)
        if key == "ichimoku":
            await guide.picture("ichimoku")
    chart.set_indicators(before)


async def overlays(guide: Guide) -> None:
    """Bands, trend, averages and session prices over the bars; the averages are what they should be."""
    chart, before = chart_of(guide), chart_of(guide).indicators
    await _remove_all(guide, chart)
    menu = await open_bar_menu(guide, "chart.indicators")
    await guide.picture("menu")
    menu.close()
    for key in (*_OVERLAYS, "sma"):
        await _add(guide, chart, key)
    closes, average = chart.model.bars["close"], chart.model.indicators[-1]
    mean = float(np.mean(closes[-23:-3]))
    guide.check(
        "The moving average is the mean of 20 closes", math.isclose(average.at("value", -4), mean, rel_tol=1e-9)
    )
    await guide.picture("overlays")
    chart.set_indicators(before)


async def panes(guide: Guide) -> None:
    """RSI, MACD and ATR have panes of their own under the bars; a pane's edge can be dragged."""
    chart, before = chart_of(guide), chart_of(guide).indicators
    whole = chart.view.height
    for key in _PANES:
        await _add(guide, chart, key)
    guide.check("Each has a pane", [pane.active.spec.key for pane in chart.scene.panes] == list(_PANES))
    guide.check("The bars give them room", chart.view.height < whole - 100)
    rsi = chart.scene.panes[0]
    newest = rsi.active.at("value", -2)
    guide.check("RSI is between 0 and 100", 0 <= newest <= 100, newest)
    guide.check("Its axis shows all of that", rsi.view.low <= 0 and rsi.view.high >= 100)
    await guide.picture("panes")
    chart.set_indicators(before)


async def live_settings(guide: Guide) -> None:
    """Period and colour are changed in the dialog; the chart behind it follows at once."""
    chart, before = chart_of(guide), chart_of(guide).indicators
    await _remove_all(guide, chart)
    await _add(guide, chart, "bollinger")
    await choose_in_bar(guide, "chart.indicators", "BB 20")
    dialog = await until("its dialog opens", lambda: find(guide.window, IndicatorDialog, "indicator"))
    await enter(dialog, "indicator.period", "40")
    period = find(dialog, QDoubleSpinBox, "indicator.period")
    QTest.keyClick(period, Qt.Key.Key_Tab)
    shown = await until("the chart follows", lambda: chart.model.indicators[0].title.startswith("BB 40"))
    guide.check("The legend says so", shown)
    await guide.press("indicator.colour.upper")
    picker = await until("a colour can be picked", lambda: next(iter(dialog.findChildren(QColorDialog)), None))
    picker.setCurrentColor(_RED)
    await pause()
    active = chart.model.indicators[0]
    share = share_drawn(chart, Painting(chart), active, active.kind.outputs[0])
    guide.check("The upper band is painted in it at once", active.colour(active.kind.outputs[0]) == _RED.name())
    guide.check("at its values", share is not None and share > 0.6, share)
    picker.accept()
    await guide.picture("dialog")
    await guide.press("indicator.reset")
    guide.check("Reset brings period and colour back", chart.indicators == [_usual("bollinger")], chart.indicators)
    await guide.press("indicator.remove")
    await until("it is gone", lambda: not chart.indicators)
    chart.set_indicators(before)


def _usual(key: str) -> IndicatorSpec:
    return IndicatorSpec(key=key, settings=INDICATORS[key].defaults())


async def _add(guide: Guide, chart: ChartWidget, key: str) -> None:
    known = len(chart.indicators)
    await choose_in_bar(guide, "chart.indicators", tr(INDICATORS[key].title))
    await until("it is computed", lambda: len(chart.indicators) == known + 1 and not chart.model.pending)


async def _remove_all(guide: Guide, chart: ChartWidget) -> None:
    if chart.indicators:
        await choose(await open_bar_menu(guide, "chart.indicators"), tr("Remove all"))
    guide.check("No indicator is left", not chart.indicators)


STEPS = (
    Step("indicator-kinds", "Every indicator of the list", every_kind),
    Step("overlays", "Indicators over the bars", overlays),
    Step("panes", "Indicators in panes of their own", panes),
    Step("indicator-settings", "Parameters and colours, changed while looking", live_settings),
)

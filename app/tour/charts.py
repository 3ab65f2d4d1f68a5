"""What the steps on the charts share: the chart and its bar, places on it, and what is painted there."""

import asyncio
import math
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QToolButton, QWidget

from agent_core.protocol.market import Timeframe
from app.chart.indicators import ActiveIndicator, Output
from app.chart.panel import ChartPanel
from app.chart.widget import ChartWidget
from app.tour.guide import Guide
from app.tour.hands import find, until
from app.tour.trading import choose, trade_page

#: How far a pixel's channels may be from a line's colour: its edges are smoothed.
_NEAR = 80


def panel_of(guide: Guide) -> ChartPanel:
    """Returns the active chart with its bar."""
    return trade_page(guide).panel


def chart_of(guide: Guide) -> ChartWidget:
    """Returns the active chart."""
    return panel_of(guide).chart


async def open_bar_menu(guide: Guide, name: str) -> QMenu:
    """Opens a menu of the active chart's bar where its button opens it."""
    button = find(panel_of(guide).bar, QToolButton, name)
    menu = button.menu()
    place = button.mapToGlobal(button.rect().bottomLeft())
    menu.popup(place)
    await until(f"the menu of '{name}' opens", menu.isVisible)
    menu.move(place)  # a screen that is smaller than the window has pushed it aside
    return menu


async def choose_in_bar(guide: Guide, name: str, text: str) -> None:
    """Chooses an entry of a menu of the active chart's bar."""
    await choose(await open_bar_menu(guide, name), text)


async def show(guide: Guide, timeframe: Timeframe) -> None:
    """Presses a timeframe in the bar, or chooses it in the menu of those without room; waits for its bars."""
    panel = panel_of(guide)
    button = panel.bar.findChild(QToolButton, f"chart.timeframe.{timeframe}")
    if isinstance(button, QToolButton) and button.isVisible():
        QTest.mouseClick(button, Qt.MouseButton.LeftButton, pos=button.rect().center())
    else:
        await choose_in_bar(guide, "chart.timeframe.more", timeframe)
    await until_charted(panel, panel.symbol, timeframe)


async def until_charted(panel: ChartPanel, symbol: str, timeframe: Timeframe) -> None:
    """Waits until a chart shows the bars of a symbol, and its indicators are computed."""
    model = panel.chart.model
    await until(
        f"{symbol} {timeframe} is charted",
        lambda: (model.symbol, model.timeframe) == (symbol, timeframe) and len(model) > 1 and not model.pending,
    )


def place_of(chart: ChartWidget, index: int, price: float) -> QPoint:
    """Returns the pixel of a bar and a price."""
    return QPoint(round(chart.index_to_x(index)), round(chart.price_to_y(price)))


def turn_wheel(chart: ChartWidget, place: QPoint, clicks: int) -> None:
    """Turns the wheel over a place: away from the hand zooms in."""
    spot, above = QPointF(place), QPointF(chart.mapToGlobal(place))
    turned = QWheelEvent(
        spot, above, QPoint(), QPoint(0, 120 * clicks), Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(chart, turned)


class Painting:
    """What a widget shows, pixel by pixel."""

    def __init__(self, widget: QWidget) -> None:
        image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
        self._ratio = image.devicePixelRatio()
        shape = (image.height(), image.bytesPerLine() // 4, 4)
        self._pixels: npt.NDArray[np.int16] = (
            np.frombuffer(image.constBits(), np.uint8).reshape(shape)[:, :, 2::-1].astype(np.int16)
        )

    def shows(self, colour: QColor, x: float, y: float, reach: int = 2, near: int = _NEAR) -> bool:
        """Returns whether a colour, or one so near to it, is at a place or a few pixels away."""
        column, row = math.floor(x * self._ratio), math.floor(y * self._ratio)
        part = self._pixels[max(0, row - reach) : row + reach + 1, max(0, column - reach) : column + reach + 1]
        wanted = np.array((colour.red(), colour.green(), colour.blue()))
        return bool(part.size) and bool((np.abs(part - wanted).max(axis=2) <= near).any())


def share_drawn(chart: ChartWidget, painting: Painting, active: ActiveIndicator, output: Output) -> float | None:
    """Returns at which share of the bars a line of an indicator is painted where its values belong.

    None where none of its values is in sight.
    """
    view, top = chart.view, 0.0
    pane = next((pane for pane in chart.scene.panes if pane.active is active), None)
    if pane is not None:
        view, top = pane.view, pane.top
    colour, seen, drawn = chart.scene.style.colour(active.colour(output)), 0, 0
    first, last = chart.view.visible(len(chart.model))
    for index in range(first + 1, last - 1):
        value = active.value_at(output, index)
        y = view.price_to_y(value) if math.isfinite(value) else -1.0
        # What is beyond the plot, or may stand under the legend, says nothing.
        if 30 < y < view.height - 2 or (pane is not None and 20 < y < view.height - 2):
            seen += 1
            drawn += painting.shows(colour, chart.index_to_x(index), top + y)
    return drawn / seen if seen else None


async def terminals_bars(guide: Guide, count: int) -> Any:
    """Returns the newest bars of what the active chart shows, as the terminal gives them now."""
    model = chart_of(guide).model
    return await guide.context.agent.terminal.bars(model.symbol, model.timeframe, count)


async def pause(frames: int = 2) -> None:
    """Lets the chart paint."""
    for _ in range(frames):
        await asyncio.sleep(0.03)

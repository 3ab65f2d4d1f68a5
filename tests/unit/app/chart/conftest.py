"""A chart with known bars."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from agent_core.terminal.models import BAR_DTYPE, Bars
from app.chart.widget import ChartWidget
from app.theme import Theme

START = 1_700_000_100 // 900 * 900


def make_bars(count: int, *, start: int = START, step: int = 900, first: float = 1.08) -> Bars:
    """A steady zigzag: even bars rise by 10 points, odd ones fall by 5."""
    bars = np.zeros(count, BAR_DTYPE)
    bars["time"] = start + np.arange(count) * step
    changes = np.where(np.arange(count) % 2 == 0, 0.0010, -0.0005)
    bars["close"] = first + np.cumsum(changes)
    bars["open"] = bars["close"] - changes
    bars["high"] = np.maximum(bars["open"], bars["close"]) + 0.0002
    bars["low"] = np.minimum(bars["open"], bars["close"]) - 0.0002
    bars["volume"] = 100 + np.arange(count) % 7
    return bars


@pytest.fixture
def bars_of() -> Callable[..., Bars]:
    return make_bars


@pytest.fixture
def chart(theme: Theme, qtbot: QtBot, qapp: QApplication) -> Iterator[ChartWidget]:
    widget = ChartWidget(theme)
    qtbot.addWidget(widget)
    widget.resize(900, 500)
    with qtbot.waitExposed(widget):
        widget.show()
    yield widget
    widget.hide()

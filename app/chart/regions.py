"""Which part of the chart a quote changes."""

from PySide6.QtCore import QRect
from PySide6.QtGui import QRegion

from app.chart.model import ChartModel
from app.chart.scene import ChartScene
from app.chart.viewport import Viewport


def tick_region(model: ChartModel, view: Viewport, scene: ChartScene, width: int) -> QRegion:
    """Returns the newest bar's column, the last price's row with its tag, and the legends."""
    bars = max(2.0, view.pitch * 2.5) + 4
    x = view.index_to_x(len(model) - 1)
    bottom, edge = int(scene.bottom), int(view.width)
    region = QRegion(int(x - bars), 0, int(2 * bars) + 2, bottom)
    for active in model.indicators:
        for shift in {active.shift(output) for output in active.kind.outputs} - {0}:
            region = region.united(QRect(int(x + shift * view.pitch - bars), 0, int(2 * bars) + 2, bottom))
    # The numbers of the newest bar: no wider than they are written.
    region = region.united(QRect(0, 0, int(min(view.width, scene.legend_width)), int(scene.legend_height)))
    for pane in scene.panes:
        region = region.united(QRect(0, int(pane.top), int(min(view.width, scene.legend_width)), 24))
    if model.bid is not None:
        y = int(view.price_to_y(model.bid))
        region = region.united(QRect(0, y - 2, width, 5)).united(QRect(edge, y - 12, width - edge, 24))
    return region

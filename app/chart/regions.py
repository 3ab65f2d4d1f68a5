"""Which part of the chart a quote changes."""

from PySide6.QtCore import QRect
from PySide6.QtGui import QRegion

from app.chart.model import ChartModel
from app.chart.scene import ChartScene, newest_column
from app.chart.viewport import Viewport


def tick_region(model: ChartModel, view: Viewport, scene: ChartScene, width: int) -> QRegion:
    """Returns the newest bar's column, the last price's row with its tag, and the legends."""
    left, across = (int(part) for part in newest_column(model, view))
    bottom, edge = int(scene.bottom), int(view.width)
    region = QRegion(left, 0, across, bottom)
    for active in model.indicators:
        for shift in {active.shift(output) for output in active.kind.outputs} - {0}:
            region = region.united(QRect(int(left + shift * view.pitch), 0, across, bottom))
    # The numbers of the newest bar: no wider than they are written.
    region = region.united(QRect(0, 0, int(min(view.width, scene.legend_width)), int(scene.legend_height)))
    for pane in scene.panes:
        region = region.united(QRect(0, int(pane.top), int(min(view.width, scene.legend_width)), 24))
    if model.bid is not None:
        y = int(view.price_to_y(model.bid))
        region = region.united(QRect(0, y - 2, width, 5)).united(QRect(edge, y - 12, width - edge, 24))
    return region

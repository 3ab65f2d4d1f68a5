"""Moves a window from a screen at 100 % to one at 200 % and back, and prints how sharp its pictures are.

Run as a program, on Qt's offscreen platform with two screens.
"""

import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import shiboken6
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from agent_core.terminal.models import BAR_DTYPE
from app.chart.lines import LineKey, TradeLine
from app.chart.widget import ChartWidget
from app.shell.rail import Rail
from app.shell.toasts import Toasts
from app.theme import Theme
from app.trade.quote_list import QuoteList
from app.trade.watch_model import WatchModel, WatchRow
from app.widgets.empty_state import EmptyState
from app.widgets.icon_label import IconLabel

SCREENS = {
    "screens": [
        {"name": "one", "x": 0, "y": 0, "width": 1600, "height": 1000, "logicalDpi": 96, "logicalBaseDpi": 96},
        {"name": "two", "x": 1600, "y": 0, "width": 3200, "height": 2000, "logicalDpi": 192, "logicalBaseDpi": 96},
    ]
}


def main() -> None:
    """Prints one line of JSON for each screen the window was on."""
    config = Path(tempfile.mkdtemp()) / "screens.json"
    config.write_text(json.dumps(SCREENS))
    application = QApplication([sys.argv[0], "-platform", f"offscreen:configfile={config}"])
    theme = Theme()
    theme.install(application)
    window = QWidget()
    layout = QVBoxLayout(window)
    chart, model, rail = ChartWidget(theme), WatchModel(window), Rail(theme)
    watchlist = QuoteList(theme, model)
    for part in (chart, watchlist, rail, EmptyState(theme, "empty", icon="trade", title="Nothing", text="Yet.")):
        layout.addWidget(part)
    window.resize(800, 900)
    toasts = Toasts(window, theme)
    toasts.error("Something is wrong.")
    bars = np.zeros(300, BAR_DTYPE)
    bars["time"] = 1_790_000_000 // 900 * 900 + np.arange(300) * 900
    for name in ("open", "high", "low", "close"):
        bars[name] = 1.1 + np.sin(np.arange(300) / 9) * 0.01
    chart.show_bars("EURUSD", "M15", bars, 5, 0.00001)
    chart.set_lines([TradeLine(LineKey("entry", 1), 1.1, "Buy 0.10", "up")], None)
    row = WatchRow("EURUSD", "Euro", 5, open=1.1, watched=True, pip=0.0001, closes=(1.0, 1.1, 1.05))
    row.bid, row.ask = 1.1, 1.1001
    model.set_rows([row])
    window.show()
    for x in (50, 1700, 50):
        window.move(x, 20)
        for _ in range(3):  # the second painting of a chart keeps its still layer
            chart.update()
            watchlist.viewport().update()
            application.processEvents()
        still = chart.scene._still
        curves = {picture.devicePixelRatio() for _look, picture in watchlist._painter._curves.values()}
        icons = {label.pixmap().devicePixelRatio() for label in window.findChildren(IconLabel)}
        shot = chart.picture()
        print(json.dumps({
            "window": window.devicePixelRatioF(), "chart": still.devicePixelRatio() if still else 0,
            "picture": round(shot.width() / chart.width(), 2), "curves": sorted(curves), "icons": sorted(icons),
        }))  # fmt: skip
    window.hide()
    shiboken6.delete(window)


if __name__ == "__main__":
    main()

"""The bar over the chart: symbol, timeframes, kind, scale, indicators, drawing tools, picture."""

from typing import get_args

from PySide6.QtCore import Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QMenu, QToolButton

from agent_core.protocol.market import Timeframe
from app.chart.candles import ChartKind
from app.chart.menus import DrawMenu, IndicatorMenu
from app.chart.viewport import PriceScale
from app.chart.widget import ChartWidget
from app.widgets.labels import label, separator

TIMEFRAMES: tuple[Timeframe, ...] = get_args(Timeframe)


class ChartBar(QFrame):
    """Controls of one chart.

    Signals:
        timeframe_chosen: A timeframe was pressed.
        kind_chosen: Candles, bars, ... were chosen.
        scale_chosen: A price scale was chosen.
        copy_wanted: The chart shall go to the clipboard.
        save_wanted: The chart shall go to a file.
    """

    timeframe_chosen = Signal(object)
    kind_chosen = Signal(object)
    scale_chosen = Signal(object)
    copy_wanted = Signal()
    save_wanted = Signal()

    def __init__(self, chart: ChartWidget, timeframe: Timeframe) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self.setFixedHeight(34)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 0, 8, 0)
        self._row.setSpacing(2)
        self.title = label("", "title", "chart.symbol")
        self._row.addWidget(self.title)
        self._row.addSpacing(10)
        self._frames: dict[Timeframe, QToolButton] = {}
        self._add_timeframes(timeframe)
        self._row.addSpacing(6)
        divider = separator("vertical")
        divider.setFixedHeight(18)
        self._row.addWidget(divider)
        self._row.addSpacing(6)
        self._kind = self._add_menu("Candles ▾", "chart.kind", self._kind_menu())
        self.indicators = IndicatorMenu(chart, self)
        self._add_menu("Indicators", "chart.indicators", self.indicators)
        self.draw = DrawMenu(chart, self)
        self._add_menu("Draw", "chart.draw", self.draw)
        self._row.addStretch(1)
        reset = _tool("⟲", "chart.reset")
        reset.setToolTip("Back to the newest bar (Home)")
        reset.setAccessibleName("Back to the newest bar")
        reset.clicked.connect(lambda _checked: chart.reset_view())
        self._row.addWidget(reset)
        picture = QMenu(self)
        picture.addAction("Copy picture").triggered.connect(lambda _checked: self.copy_wanted.emit())
        picture.addAction("Save picture …").triggered.connect(lambda _checked: self.save_wanted.emit())
        camera = self._add_menu("▣", "chart.picture", picture)
        camera.setToolTip("Copy or save the chart as a picture")
        camera.setAccessibleName("Picture of the chart")

    def show_timeframe(self, timeframe: Timeframe) -> None:
        """Marks the timeframe that is shown."""
        self._frames[timeframe].setChecked(True)

    def show_view(self, kind: ChartKind, scale: PriceScale) -> None:
        """Marks the kind and scale that are shown."""
        self._kind.setText(f"{kind.value} ▾")
        for action in self._kind.menu().actions():
            if action.isCheckable():
                action.setChecked(action.data() in (kind.value, scale.value))

    def _add_timeframes(self, chosen: Timeframe) -> None:
        group = QButtonGroup(self)
        for timeframe in TIMEFRAMES:
            choice = _tool(timeframe, f"chart.timeframe.{timeframe}")
            choice.setCheckable(True)
            choice.setChecked(timeframe == chosen)
            choice.clicked.connect(lambda _checked, frame=timeframe: self.timeframe_chosen.emit(frame))
            group.addButton(choice)
            self._row.addWidget(choice)
            self._frames[timeframe] = choice

    def _add_menu(self, text: str, name: str, menu: QMenu) -> QToolButton:
        made = _tool(text, name)
        made.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        made.setMenu(menu)
        self._row.addWidget(made)
        return made

    def _kind_menu(self) -> QMenu:
        menu = QMenu(self)
        for choices, signal in ((ChartKind, self.kind_chosen), (PriceScale, self.scale_chosen)):
            group = QActionGroup(menu)
            for number, choice in enumerate(choices):
                action = group.addAction(choice.value)
                action.setCheckable(True)
                action.setChecked(number == 0)
                action.setData(choice.value)
                action.triggered.connect(lambda _checked, told=signal, chosen=choice: told.emit(chosen))
                menu.addAction(action)
            if choices is ChartKind:
                menu.addSeparator()
        return menu


def _tool(text: str, name: str) -> QToolButton:
    made = QToolButton()
    made.setText(text)
    made.setObjectName(name)
    made.setProperty("kind", "ghost")
    return made

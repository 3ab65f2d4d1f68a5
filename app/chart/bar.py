"""The bar over the chart: symbol, timeframes, kind, scale, indicators, drawing tools, picture."""

from typing import get_args

from PySide6.QtCore import QEvent, QSize, Signal
from PySide6.QtGui import QActionGroup, QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QLayout, QMenu, QToolButton

from agent_core.protocol.market import Timeframe
from app.chart.candles import ChartKind
from app.chart.menus import DrawMenu, IndicatorMenu
from app.chart.viewport import PriceScale
from app.chart.widget import ChartWidget
from app.language import tr
from app.widgets.labels import label, separator

TIMEFRAMES: tuple[Timeframe, ...] = get_args(Timeframe)
#: Those with a button of their own; the chosen one has one too. A narrow bar gives them up, first to last.
_GOES_FIRST: tuple[Timeframe, ...] = ("MN1", "W1", "M30", "M1", "D1", "H4", "M5", "H1", "M15")


class ChartBar(QFrame):
    """Controls of one chart.

    Signals:
        timeframe_chosen: A timeframe was pressed.
        kind_chosen: Candles, bars, ... were chosen.
        scale_chosen: A price scale was chosen.
        closed_hours_chosen: Closed hours shall take room, or none.
        sessions_chosen: Sessions shall be shaded, or not.
        copy_wanted: The chart shall go to the clipboard.
        save_wanted: The chart shall go to a file.
    """

    timeframe_chosen = Signal(object)
    kind_chosen = Signal(object)
    scale_chosen = Signal(object)
    closed_hours_chosen = Signal(bool)
    sessions_chosen = Signal(bool)
    copy_wanted = Signal()
    save_wanted = Signal()

    def __init__(self, chart: ChartWidget, timeframe: Timeframe) -> None:
        super().__init__()
        self.setObjectName("chart.bar")
        self.setProperty("role", "panel")
        self.setFixedHeight(34)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 0, 8, 0)
        self._row.setSpacing(2)
        self._row.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
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
        indicators = self._add_menu("Indicators", "chart.indicators", self.indicators)
        self.draw = DrawMenu(chart, self)
        draw = self._add_menu("Draw", "chart.draw", self.draw)
        self._row.addStretch(1)
        reset = _tool("⟲", "chart.reset")
        reset.setToolTip(tr("Back to the newest bar (Home)"))
        reset.setAccessibleName(tr("Back to the newest bar"))
        reset.clicked.connect(lambda _checked: chart.reset_view())
        self._row.addWidget(reset)
        self.layout_menu = QMenu(self)
        self.layout_menu.setObjectName("chart.layout.menu")
        arrange = self._add_menu("⊞", "chart.layout", self.layout_menu)
        arrange.setToolTip(tr("Tabs, split charts and links"))
        arrange.setAccessibleName(tr("Arrange charts"))
        picture = QMenu(self)
        picture.addAction(tr("Copy picture")).triggered.connect(lambda _checked: self.copy_wanted.emit())
        picture.addAction(tr("Save picture …")).triggered.connect(lambda _checked: self.save_wanted.emit())
        camera = self._add_menu("▣", "chart.picture", picture)
        camera.setToolTip(tr("Copy or save the chart as a picture"))
        camera.setAccessibleName(tr("Picture of the chart"))
        self._yielding = [divider, camera, reset, draw, indicators, self._kind]
        self._more.menu().addSeparator()
        for menu, title in ((self._kind.menu(), "View"), (self.indicators, "Indicators"), (self.draw, "Draw")):
            menu.setTitle(tr(title))
            self._more.menu().addMenu(menu)
        for title, signal in (("Copy picture", self.copy_wanted), ("Save picture …", self.save_wanted)):
            self._more.menu().addAction(tr(title)).triggered.connect(lambda _checked, told=signal: told.emit())

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Narrow: timeframes that have no room go into a menu."""
        return QSize(260, 34)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Shows as many timeframes as there is room for."""
        super().resizeEvent(event)
        self._fit()

    def event(self, event: QEvent) -> bool:
        """Fits again when a text in the bar got longer."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return super().event(event)

    def show_timeframe(self, timeframe: Timeframe) -> None:
        """Marks the timeframe that is shown."""
        self._frames[timeframe].setChecked(True)
        self._fit()

    def show_view(self, kind: ChartKind, scale: PriceScale) -> None:
        """Marks the kind and scale that are shown."""
        self._kind.setText(f"{tr(kind.value)} ▾")
        for action in self._kind.menu().actions():
            if action.data():
                action.setChecked(action.data() in (kind.value, scale.value))

    def show_time(self, *, closed_hours: bool, sessions: bool) -> None:
        """Marks what the time axis shows."""
        for action, on in ((self._closed_hours, closed_hours), (self._sessions, sessions)):
            action.blockSignals(True)
            action.setChecked(on)
            action.blockSignals(False)

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
        menu = QMenu(self)
        for timeframe in TIMEFRAMES:
            action = menu.addAction(timeframe)
            action.triggered.connect(lambda _checked, frame=timeframe: self.timeframe_chosen.emit(frame))
        self._more = self._add_menu("⋯", "chart.timeframe.more", menu)
        self._more.setAccessibleName(tr("More timeframes"))

    def _fit(self) -> None:
        margins = self._row.contentsMargins()
        room = self.width() - margins.left() - margins.right()
        widgets = [part.widget() for at in range(self._row.count()) if (part := self._row.itemAt(at)) is not None]
        widths = {widget: widget.sizeHint().width() + self._row.spacing() for widget in widgets if widget is not None}
        spaces = 10 + 6 + 6
        # The menu behind the dots holds all timeframes, and whatever else had to go.
        rare = {button for frame, button in self._frames.items() if frame not in _GOES_FIRST and not button.isChecked()}
        goes = [self._frames[frame] for frame in _GOES_FIRST if not self._frames[frame].isChecked()]
        shown = [widget for widget in widths if widget not in rare]
        for going in (*goes, *self._yielding):
            if spaces + sum(widths[widget] for widget in shown) <= room:
                break
            shown.remove(going)
        for widget in widths:
            widget.setVisible(widget in shown)

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
                action = group.addAction(tr(choice.value))
                action.setCheckable(True)
                action.setChecked(number == 0)
                action.setData(choice.value)
                action.triggered.connect(lambda _checked, told=signal, chosen=choice: told.emit(chosen))
                menu.addAction(action)
            menu.addSeparator()
        self._closed_hours = menu.addAction(tr("Show closed hours"))
        self._sessions = menu.addAction(tr("Shade sessions"))
        for action, chosen in (
            (self._closed_hours, self.closed_hours_chosen), (self._sessions, self.sessions_chosen),
        ):  # fmt: skip
            action.setCheckable(True)
            action.toggled.connect(chosen)
        menu.addSeparator()
        self.trades = menu.addMenu(tr("Trades of"))
        self.trades.setObjectName("chart.trades")
        return menu


def _tool(text: str, name: str) -> QToolButton:
    made = QToolButton()
    made.setText(tr(text))
    made.setObjectName(name)
    made.setProperty("kind", "ghost")
    return made

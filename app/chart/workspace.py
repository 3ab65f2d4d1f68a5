"""All charts of the window: tabs of charts side by side, one of them active, linked by choice, kept per account."""

from collections.abc import Callable
from functools import partial

from pydantic import ValidationError
from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QMenu, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from agent_core.protocol.market import Timeframe
from app.chart.bar import TIMEFRAMES
from app.chart.panel import ChartPanel
from app.chart.sheet import ChartSheet
from app.chart.state import ChartStates, SheetState, WorkspaceState
from app.context import AppContext
from app.language import tr
from app.widgets.buttons import button
from app.widgets.labels import set_property

_MOST_TABS = 12
_KEEP_AFTER_MS = 300
#: What the charts are called in a layout of the window.
_LAYOUT = "charts"


class ChartWorkspace(QWidget):
    """Tabs of charts; `adopt` gets every new chart, to put on it what this package knows nothing of.

    Signals:
        active_changed: Another chart is active: it gets the ticket and the watchlist's choices.
    """

    active_changed = Signal(object)

    def __init__(self, context: AppContext, adopt: Callable[[ChartPanel], None]) -> None:
        super().__init__()
        self.setObjectName("charts")
        self._context, self._adopt = context, adopt
        self.states = ChartStates(context.ui.folder, self)
        self.link_symbols = self.link_crosshair = False
        self._key = self._layout = ""
        self._restoring = False
        self._keep_soon = QTimer(self, singleShot=True, interval=_KEEP_AFTER_MS)
        self._keep_soon.timeout.connect(self.keep)
        self.tabs = QTabBar()
        self.tabs.setObjectName("chart.tabs")
        self.tabs.setAccessibleName(tr("Charts"))
        self.tabs.setExpanding(False)
        self.tabs.setMovable(False)
        self.tabs.setDrawBase(False)
        self.tabs.currentChanged.connect(self._tab_chosen)
        self._stack = QStackedWidget()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.tabs)
        layout.addWidget(self._stack, 1)
        stored = context.ui.values.timeframe
        self._first_timeframe: Timeframe = next((frame for frame in TIMEFRAMES if frame == stored), "M15")
        self.active: ChartPanel = self._make_panel(self._first_timeframe)
        self._add_sheet().add_row(self.active)
        self._show_tabs()
        context.ui.changed.connect(self._follow)

    @property
    def sheets(self) -> list[ChartSheet]:
        """The tabs' contents, left to right."""
        widgets = (self._stack.widget(at) for at in range(self._stack.count()))
        return [widget for widget in widgets if isinstance(widget, ChartSheet)]

    @property
    def panels(self) -> list[ChartPanel]:
        """All charts."""
        return [panel for sheet in self.sheets for panel in sheet.panels]

    def activate(self, panel: ChartPanel) -> None:
        """Makes a chart the active one."""
        self.active = panel
        for each in self.panels:
            crowded = len(self._sheet_of(each).panels) > 1
            set_property(each.bar, "active", "true" if each is panel and crowded else "false")
        sheet = self._sheet_of(panel)
        sheet.active = panel
        self.tabs.setCurrentIndex(self.sheets.index(sheet))
        self._stack.setCurrentWidget(sheet)
        if panel.spec is not None:
            self._context.agent.feed.focus(panel.spec.name)
        self.active_changed.emit(panel)

    def split(self, *, beside: bool) -> ChartPanel | None:
        """Adds a chart of the same symbol beside or under the active one; None where there is no room."""
        sheet, active = self._sheet_of(self.active), self.active
        if not sheet.has_room(active, beside=beside):
            self._context.toasts.info("There is no room for one more chart here. Open a new tab.")
            return None
        panel = self._make_panel(active.timeframe)
        if beside:
            sheet.add_beside(panel, active)
        else:
            sheet.add_row(panel, active)
        return self._start(panel, active.symbol)

    def new_tab(self) -> ChartPanel | None:
        """Opens the active chart's symbol in a new tab."""
        if self.tabs.count() >= _MOST_TABS:
            self._context.toasts.info("There are many tabs already. Close one first.")
            return None
        panel = self._make_panel(self.active.timeframe)
        self._add_sheet().add_row(panel)
        return self._start(panel, self.active.symbol)

    def close_active(self) -> None:
        """Closes the active chart; the last one stays."""
        if len(self.panels) > 1:
            self._close(self.active)

    def close_tab(self, at: int) -> None:
        """Closes a tab with its charts; the last tab stays."""
        if len(self.sheets) > 1:
            for panel in self.sheets[at].panels:
                self._close(panel)

    def show_symbol(self, symbol: str) -> None:
        """Shows a symbol on the active chart, on all charts of its tab where symbols are linked."""
        linked = self._sheet_of(self.active).panels if self.link_symbols else [self.active]
        for panel in linked:
            panel.show_symbol(symbol)

    def reset_view(self) -> None:
        """Goes back to the newest bar on the active chart."""
        self.active.chart.reset_view()

    def set_links(self, *, symbols: bool, crosshair: bool) -> None:
        """Chooses what the charts of a tab share."""
        self.link_symbols, self.link_crosshair = symbols, crosshair
        if symbols and self.active.symbol:
            for panel in self._sheet_of(self.active).panels:
                if panel.symbol != self.active.symbol:
                    panel.show_symbol(self.active.symbol)
        if not crosshair:
            self._share_pointer(self.active, None, 0.0)
        self._keep_soon.start()

    def restore(self, symbol: str) -> None:
        """Brings the account's charts back; those that were never kept begin with `symbol`."""
        self._key = self.active.account_key
        state = self.states.workspace(self._key)
        self._restoring = True
        try:
            self.link_symbols, self.link_crosshair = state.link_symbols, state.link_crosshair
            spare = self.panels
            for sheet in self.sheets:
                for panel in sheet.panels:
                    sheet.remove(panel)
                self._drop(sheet)
            for kept in state.sheets[:_MOST_TABS]:
                self._restore_sheet(kept, spare, symbol)
            for panel in spare:
                self._retire(panel)
            self.activate(self.sheets[min(state.front, len(self.sheets) - 1)].panels[0])
        finally:
            self._restoring = False
        self._show_tabs()

    def keep(self) -> None:
        """Remembers the charts under the account."""
        if not self._key or self._restoring:
            return
        state = WorkspaceState(
            sheets=tuple(sheet.state() for sheet in self.sheets), front=max(0, self.tabs.currentIndex()),
            link_symbols=self.link_symbols, link_crosshair=self.link_crosshair,
        )  # fmt: skip
        self.states.set_workspace(self._key, state)
        self._layout = state.model_dump_json()
        self._context.ui.set_layout(_LAYOUT, self._layout)

    def _follow(self, name: str) -> None:
        """Shows the charts of a layout that the user goes back to; one without charts leaves them as they are."""
        wanted = self._context.ui.values.layouts.get(_LAYOUT, "")
        if name != "layouts" or not self._key or wanted in ("", self._layout):
            return
        try:
            state = WorkspaceState.model_validate_json(wanted)
        except ValidationError:
            return
        self.states.set_workspace(self._key, state)
        self.restore(self.active.symbol)

    def fill_layout_menu(self, menu: QMenu) -> None:
        """Offers what can be done with the active chart and its neighbours."""
        menu.clear()
        menu.addAction(tr("Split right")).triggered.connect(lambda _checked: self.split(beside=True))
        menu.addAction(tr("Split below")).triggered.connect(lambda _checked: self.split(beside=False))
        menu.addAction(tr("New tab")).triggered.connect(lambda _checked: self.new_tab())
        close = menu.addAction(tr("Close this chart"))
        close.setEnabled(len(self.panels) > 1)
        close.triggered.connect(lambda _checked: self.close_active())
        menu.addSeparator()
        symbols, crosshair = menu.addAction(tr("Link symbols")), menu.addAction(tr("Link crosshairs"))
        for action, on in ((symbols, self.link_symbols), (crosshair, self.link_crosshair)):
            action.setCheckable(True)
            action.setChecked(on)
            action.toggled.connect(
                lambda _on: self.set_links(symbols=symbols.isChecked(), crosshair=crosshair.isChecked())
            )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """A press into a chart or its bar makes it the active one."""
        if event.type() in (QEvent.Type.MouseButtonPress, QEvent.Type.FocusIn):
            panel = next((each for each in self.panels if watched in (each.chart, each.bar)), None)
            if panel is not None and panel is not self.active:
                self.activate(panel)
        return super().eventFilter(watched, event)

    def _make_panel(self, timeframe: Timeframe) -> ChartPanel:
        panel = ChartPanel(self._context, self.states, timeframe)
        panel.chart.installEventFilter(self)
        panel.bar.installEventFilter(self)
        menu = panel.bar.layout_menu
        menu.aboutToShow.connect(lambda: self._open_layout_menu(panel))
        panel.symbol_chosen.connect(self._symbol_chosen)
        panel.chart.pointed.connect(partial(self._share_pointer, panel))
        self._adopt(panel)
        return panel

    def _open_layout_menu(self, panel: ChartPanel) -> None:
        if panel is not self.active:
            self.activate(panel)
        self.fill_layout_menu(panel.bar.layout_menu)

    def _start(self, panel: ChartPanel, symbol: str) -> ChartPanel:
        self.activate(panel)
        if symbol:
            panel.show_symbol(symbol)
        self._show_tabs()
        return panel

    def _restore_sheet(self, kept: SheetState, spare: list[ChartPanel], symbol: str) -> None:
        sheet = self._add_sheet()
        for row in kept.rows:
            for place, state in enumerate(row):
                panel = spare.pop(0) if spare else self._make_panel(self._first_timeframe)
                if place:
                    sheet.add_beside(panel, sheet.panels[-1])
                else:
                    sheet.add_row(panel)
                panel.show_symbol(state.symbol or symbol, state.timeframe if state.symbol else self._first_timeframe)
        sheet.restore_splitters(kept.splitters)

    def _close(self, panel: ChartPanel) -> None:
        sheet = self._sheet_of(panel)
        sheet.remove(panel)
        self._retire(panel)
        if not sheet.panels:
            self._drop(sheet)
        if panel is self.active:
            self.activate((sheet if sheet.panels else self.sheets[-1]).panels[0])
        else:
            self.activate(self.active)
        self._show_tabs()

    @staticmethod
    def _retire(panel: ChartPanel) -> None:
        panel.retire()
        panel.deleteLater()

    def _add_sheet(self) -> ChartSheet:
        sheet = ChartSheet()
        sheet.changed.connect(self._keep_soon.start)
        self._stack.addWidget(sheet)
        self.tabs.blockSignals(True)
        at = self.tabs.addTab("")
        close = button("✕", "chart.tabs.close", "ghost", lambda: self.close_tab(self.sheets.index(sheet)))
        close.setFixedSize(22, 22)
        close.setAccessibleName(tr("Close the tab"))
        self.tabs.setTabButton(at, QTabBar.ButtonPosition.RightSide, close)
        self.tabs.blockSignals(False)
        return sheet

    def _drop(self, sheet: ChartSheet) -> None:
        self.tabs.blockSignals(True)
        self.tabs.removeTab(self.sheets.index(sheet))
        self.tabs.blockSignals(False)
        self._stack.removeWidget(sheet)
        sheet.deleteLater()

    def _sheet_of(self, panel: ChartPanel) -> ChartSheet:
        return next(sheet for sheet in self.sheets if panel in sheet.panels)

    def _tab_chosen(self, at: int) -> None:
        if 0 <= at < len(self.sheets):
            sheet = self.sheets[at]
            if self.active not in sheet.panels:
                self.activate(sheet.active if sheet.active in sheet.panels else sheet.panels[0])
            self._keep_soon.start()

    def _symbol_chosen(self) -> None:
        self._show_tabs()
        self._context.agent.feed.watch({panel.symbol for panel in self.panels if panel.symbol}, "charts")

    def _show_tabs(self) -> None:
        for at, sheet in enumerate(self.sheets):
            names = dict.fromkeys(panel.symbol or "Chart" for panel in sheet.panels)
            alone = f" {sheet.panels[0].timeframe}" if len(sheet.panels) == 1 else ""
            self.tabs.setTabText(at, ", ".join(names) + alone)
        self.tabs.setVisible(self.tabs.count() > 1)
        self._keep_soon.start()

    def _share_pointer(self, origin: ChartPanel, time: int | None, price: float) -> None:
        for panel in self._sheet_of(origin).panels:
            if panel is not origin:
                same = panel.symbol == origin.symbol
                panel.chart.show_pointer(time if self.link_crosshair else None, price if same else None)

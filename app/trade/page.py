"""The Trade page: watchlist, chart over tables, ticket over running EAs."""

import asyncio
import base64
from collections.abc import Iterator
from functools import partial

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QSplitter, QVBoxLayout, QWidget

from agent_core.terminal.events import TerminalLinkChanged
from agent_core.terminal.models import Account, OrderKind, SymbolSpec
from app.chart.panel import ChartPanel
from app.chart.widget import ChartWidget
from app.chart.workspace import ChartWorkspace
from app.chart.workspace_commands import add_chart_commands
from app.context import AppContext
from app.language import tr
from app.shell.commands import Command
from app.trade.blotter import Blotter
from app.trade.chart_alerts import ChartAlerts
from app.trade.chart_lines import ChartLines
from app.trade.chart_trades import ChartTrades, DealBook
from app.trade.journal_camera import JournalCamera
from app.trade.owners import Owners
from app.trade.panels import PagePanels, PanelFrame
from app.trade.running_eas import RunningEas
from app.trade.symbol_drop import SymbolDrop
from app.trade.ticket import Ticket
from app.trade.watchlist import Watchlist

#: Least and greatest widths of the outer columns.
WATCHLIST_WIDTHS, TICKET_WIDTHS = (220, 420), (280, 400)
ROOM_FOR_EAS = 680


class TradePage(QWidget):
    """Everything a trader needs to trade by hand.

    Args:
        context: What every page gets.
        parent: Where it is to be seen.
        at_once: Whether it is built at once; else it has empty panels, until `pieces` has filled them.

    Attributes:
        watchlist: Symbols with their quotes.
        ticket: The next order.
        workspace: The charts.
        blotter: Positions, orders, history, journal.
        eas: The EAs that run.
    """

    watchlist: Watchlist
    ticket: Ticket
    workspace: ChartWorkspace
    blotter: Blotter
    eas: RunningEas

    def __init__(self, context: AppContext, parent: QWidget | None = None, *, at_once: bool = True) -> None:
        super().__init__(parent)
        self.setObjectName("trade")
        self._context = context
        self._account_key: tuple[int, str] | None = None
        self._away = False
        self._built = asyncio.Event()
        self._lines: dict[ChartPanel, ChartLines] = {}
        self._left, self._right = PanelFrame(WATCHLIST_WIDTHS), PanelFrame(TICKET_WIDTHS)
        self._charts, self._tables, self._upper, self._lower = (PanelFrame() for _ in range(4))
        self._lay_out()
        panels = {
            "Watchlist": self._left, "Tables": self._tables, "Order ticket": self._upper, "Running EAs": self._lower,
        }  # fmt: skip
        self.panels = PagePanels(context, panels, self._right, ("Order ticket", "Running EAs"))
        if at_once:
            for _ in self.pieces():
                pass

    def pieces(self) -> Iterator[None]:
        """Builds what is on the panels, a piece at each step, so that the window can be moved between them."""
        context = self._context
        self.watchlist = self._left.hold(Watchlist(context))
        yield
        self.ticket = self._upper.hold(Ticket(context))
        yield
        self._deals, self._owners = DealBook(context, self), Owners(context, self)
        self.workspace = self._charts.hold(ChartWorkspace(context, self._adopt))
        context.toasts.stand_over(self.workspace)
        JournalCamera(context, self.workspace)
        self.chart.setAccessibleName(tr("Chart"))
        self.chart.setFocus()
        yield
        self._connect()  # prices and bars are on their way while the tables are built
        self.blotter = self._tables.hold(Blotter(context, at_once=False))
        yield from self.blotter.pieces()
        yield
        self.eas = self._lower.hold(RunningEas(context))
        self.panels.filled()
        self._built.set()

    def _connect(self) -> None:
        context = self._context
        self.watchlist.chosen.connect(self.show_symbol)
        self.workspace.active_changed.connect(self._activated)
        context.signals.terminal_link.connect(self._on_link)
        context.signals.account.connect(self._on_account)
        for kind in OrderKind:
            name, choose = kind.value.lower(), partial(self.ticket.choose_kind, kind)
            context.commands.add(Command(f"ticket.{name}", f"New {name.replace('_', '-')} order", choose))
        toggle = self.ticket.one_click.toggle
        context.commands.add(Command("ticket.one_click", "Turn one-click orders on or off", toggle))
        add_chart_commands(context.commands, self.workspace)
        if context.agent.terminal.account is not None:
            self._on_account(context.agent.terminal.account)

    @property
    def panel(self) -> ChartPanel:
        """The active chart with its bar."""
        return self.workspace.active

    @property
    def chart(self) -> ChartWidget:
        """The active chart."""
        return self.workspace.active.chart

    @property
    def lines(self) -> ChartLines:
        """The trade lines of the active chart."""
        return self._lines[self.workspace.active]

    def show_symbol(self, symbol: str) -> None:
        """Charts a symbol and prepares the ticket for it."""
        if symbol and symbol != self.panel.symbol:
            self.workspace.show_symbol(symbol)

    def _adopt(self, panel: ChartPanel) -> None:
        lines = ChartLines(self._context, panel.chart, self.ticket)
        lines.leads = lambda: self.panel is panel
        self._lines[panel] = lines
        panel.chart.hand.money = lines.money_between
        ChartTrades(self._context, panel, self._deals, self._owners)
        ChartAlerts(self._context, panel)
        SymbolDrop(panel, partial(self._take_symbol, panel))
        panel.destroyed.connect(partial(self._lines.pop, panel, None))
        panel.focused.connect(partial(self._focused, panel))

    def _take_symbol(self, panel: ChartPanel, symbol: str) -> None:
        self.workspace.activate(panel)
        self.show_symbol(symbol)

    def _focused(self, panel: ChartPanel, spec: SymbolSpec) -> None:
        self._lines[panel].focus(spec)
        if panel is self.panel:
            self._activated(panel)

    def _activated(self, panel: ChartPanel) -> None:
        if panel.spec is not None:
            self._context.agent.feed.focus(panel.spec.name)
            self._context.ui.set("symbol", panel.spec.name)
            self._context.ui.set("timeframe", panel.timeframe)
            self.ticket.focus(panel.spec)
            self.watchlist.select(panel.spec.name)

    def _on_link(self, link: TerminalLinkChanged) -> None:
        if link.state != "connected":
            self._away = self._account_key is not None
            if not len(self.chart.model):
                self.chart.say(link.detail or "Connect MetaTrader 5 to see prices here.")
        elif self._context.agent.terminal.account is not None:
            self._on_account(self._context.agent.terminal.account)

    def _on_account(self, account: Account) -> None:
        key = (account.login, account.server)
        if not self._context.agent.terminal.connected:
            return
        if key != self._account_key:
            self._account_key, self._away = key, False
            self._context.tasks.start(self._load())
        elif self._away:
            self._away = False
            self._context.tasks.start(self._catch_up())

    async def _catch_up(self) -> None:
        # The same account again: charts keep their place and get the bars they missed.
        for panel in self.workspace.panels:
            panel.fill_gap()
        await self._built.wait()
        await self.blotter.load_history()

    async def _load(self) -> None:
        symbol = await self.watchlist.load()
        self.workspace.restore(symbol)
        await self._built.wait()
        await self.blotter.load_history()

    # Layout

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        whole, centre = QSplitter(Qt.Orientation.Horizontal), QSplitter(Qt.Orientation.Vertical)
        layout.addWidget(whole)
        for frame in (self._left, centre, self._right):
            whole.addWidget(frame)
        for frame in (self._charts, self._tables):
            centre.addWidget(frame)
        self._lower.setMinimumHeight(110)
        self._upper.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._right.contents.addWidget(self._upper)
        self._right.contents.addWidget(self._lower, 1)
        self._right.contents.addStretch(0)  # the ticket stays at the top where the list has no room
        centre.setStretchFactor(0, 3)
        centre.setSizes([640, 270])
        for column, stretch in enumerate((0, 1, 0)):
            whole.setStretchFactor(column, stretch)
        whole.setSizes([232, 1020, 288])
        self._splitters = {"trade.columns": whole, "trade.chart": centre}
        for name, splitter in self._splitters.items():
            splitter.setHandleWidth(1)
            splitter.setChildrenCollapsible(False)
            splitter.splitterMoved.connect(lambda _at, _index, n=name: self._remember(n))
        self._usual = {name: splitter.saveState() for name, splitter in self._splitters.items()}
        self._arrange()
        self._context.ui.changed.connect(lambda name: self._arrange() if name == "layouts" else None)

    def _arrange(self) -> None:
        for name, splitter in self._splitters.items():
            stored = self._context.ui.values.layouts.get(name)
            wanted = QByteArray(base64.b64decode(stored)) if stored else self._usual[name]
            if splitter.saveState() != wanted:
                splitter.restoreState(wanted)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """In a low window the ticket's buttons matter more than the list of EAs, which has a page of its own."""
        super().resizeEvent(event)
        self.panels.set_cramped("Running EAs", event.size().height() < ROOM_FOR_EAS)

    def _remember(self, name: str) -> None:
        state = bytes(self._splitters[name].saveState().data())
        self._context.ui.set_layout(name, base64.b64encode(state).decode())

"""The Trade page: watchlist, chart over tables, ticket over running EAs."""

import asyncio
import base64
from typing import Any

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QSplitter, QVBoxLayout, QWidget

from agent_core.terminal.events import TerminalLinkChanged
from agent_core.terminal.models import Account, OrderKind, SymbolSpec
from app.chart.panel import ChartPanel
from app.context import AppContext
from app.shell.commands import Command
from app.trade.blotter import Blotter
from app.trade.chart_lines import ChartLines
from app.trade.running_eas import RunningEas
from app.trade.ticket import Ticket
from app.trade.watchlist import Watchlist

TICKET_WIDTH = 288


class TradePage(QWidget):
    """Everything a trader needs to trade by hand."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self.setObjectName("trade")
        self._context = context
        self._account_key: tuple[int, str] | None = None
        self._loading: asyncio.Task[Any] | None = None
        self.watchlist = Watchlist(context)
        self.panel = ChartPanel(context)
        self.chart = self.panel.chart
        self.ticket = Ticket(context)
        self.blotter = Blotter(context)
        self.eas = RunningEas(context)
        self.lines = ChartLines(context, self.chart, self.ticket)
        self._build()
        self.watchlist.chosen.connect(self.show_symbol)
        self.panel.focused.connect(self._focused)
        context.signals.terminal_link.connect(self._on_link)
        context.signals.account.connect(self._on_account)
        for kind in (OrderKind.MARKET, OrderKind.LIMIT, OrderKind.STOP):
            title = f"New {kind.value.lower()} order"
            name = f"ticket.{kind.value.lower()}"
            context.commands.add(Command(name, title, lambda chosen=kind: self.ticket.choose_kind(chosen)))
        context.commands.add(Command("chart.reset", "Chart: back to the newest bar", self.chart.reset_view))
        if context.agent.terminal.connected:
            self._load()

    def show_symbol(self, symbol: str) -> None:
        """Charts a symbol and prepares the ticket for it."""
        if symbol and symbol != self.panel.symbol:
            self._context.ui.set("symbol", symbol)
            self.panel.show_symbol(symbol)

    def _focused(self, spec: SymbolSpec) -> None:
        self.ticket.focus(spec)
        self.lines.focus(spec)
        self.watchlist.select(spec.name)

    def _on_link(self, link: TerminalLinkChanged) -> None:
        if link.state != "connected":
            self._account_key = None
            if not len(self.chart.model):
                self.chart.say(link.detail or "Connect MetaTrader 5 to see prices here.")
        elif self._context.agent.terminal.account is not None:
            self._on_account(self._context.agent.terminal.account)

    def _on_account(self, account: Account) -> None:
        key = (account.login, account.server)
        if key != self._account_key and self._context.agent.terminal.connected:
            self._account_key = key
            self._load()

    def _load(self) -> None:
        if self._loading is not None:
            self._loading.cancel()
        self._loading = self._context.tasks.start(self._load_all())

    async def _load_all(self) -> None:
        symbol = await self.watchlist.load()
        self.panel.symbol = ""
        self.show_symbol(symbol)
        await self.blotter.load_history()

    # Layout

    def _build(self) -> None:
        centre = QSplitter(Qt.Orientation.Vertical)
        centre.addWidget(_framed(self.panel))
        centre.addWidget(_framed(self.blotter))
        centre.setStretchFactor(0, 3)
        centre.setSizes([640, 270])
        left_and_centre = QSplitter(Qt.Orientation.Horizontal)
        left_and_centre.addWidget(_framed(self.watchlist))
        left_and_centre.addWidget(centre)
        left_and_centre.setStretchFactor(1, 1)
        left_and_centre.setSizes([232, 1020])
        whole = QSplitter(Qt.Orientation.Horizontal)
        whole.addWidget(left_and_centre)
        whole.addWidget(self._build_right())
        whole.setStretchFactor(0, 1)
        whole.setSizes([1260, TICKET_WIDTH])
        self._splitters = {"trade.columns": whole, "trade.watchlist": left_and_centre, "trade.chart": centre}
        for name, splitter in self._splitters.items():
            splitter.setHandleWidth(1)
            splitter.setChildrenCollapsible(False)
            stored = self._context.ui.values.layouts.get(name)
            if stored:
                splitter.restoreState(QByteArray(base64.b64decode(stored)))
            splitter.splitterMoved.connect(lambda _at, _index, n=name: self._remember(n))
        self.watchlist.setMinimumWidth(190)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(whole)

    def _build_right(self) -> QWidget:
        right = QWidget()
        layout = QVBoxLayout(right)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        area.setWidget(self.ticket)
        self.ticket.setProperty("role", "scrolled")
        layout.addWidget(area, 5)
        self.eas.setMinimumHeight(110)
        layout.addWidget(self.eas, 2)
        framed = _framed(right)
        framed.setMinimumWidth(TICKET_WIDTH)
        framed.setMaximumWidth(380)
        return framed

    def _remember(self, name: str) -> None:
        state = bytes(self._splitters[name].saveState().data())
        self._context.ui.set_layout(name, base64.b64encode(state).decode())


def _framed(content: QWidget) -> QFrame:
    frame = QFrame()
    frame.setProperty("role", "panel")
    layout = QVBoxLayout(frame)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(content)
    return frame

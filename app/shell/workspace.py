"""Where the trader works: top bar, rail, pages, status bar."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.context import AppContext
from app.shell.pages import Factory, Pages
from app.shell.rail import Rail
from app.shell.status_bar import StatusBar
from app.shell.top_bar import TopBar
from app.theme import Theme

if TYPE_CHECKING:  # the window paints before numpy and the agent are imported
    from agent_core.terminal.events import TerminalLinkChanged
    from app.shell.daily_loss import DailyLoss


class Workspace(QWidget):
    """The frame around the pages; painted at once, filled when the agent is there."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("workspace")
        self.theme = theme
        self.top_bar = TopBar(theme)
        self.rail = Rail(theme)
        self.pages = Pages(theme)
        self.status_bar = StatusBar()
        self.rail.show_chosen("trade")
        self.rail.chosen.connect(self.show_page)
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.rail)
        middle.addWidget(self.pages, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.top_bar)
        layout.addLayout(middle, 1)
        layout.addWidget(self.status_bar)
        self._context: AppContext | None = None
        self._daily_loss: DailyLoss | None = None

    def attach(self, context: AppContext, factories: dict[str, Factory]) -> None:
        """Fills the frame with an agent's state and pages."""
        from app.shell.daily_loss import DailyLoss  # noqa: PLC0415  # the frame is painted before this is imported

        self._context = context
        self.pages.offer(factories)
        self.status_bar.attach(context)
        self.top_bar.links.attach(context)
        self._daily_loss = DailyLoss(context, self.top_bar)
        context.signals.account.connect(self.top_bar.show_account)
        context.signals.terminal_link.connect(self._show_terminal_link, Qt.ConnectionType.DirectConnection)
        context.signals.arm.connect(self._show_arm)
        self.top_bar.show_account(context.agent.terminal.account if context.agent.terminal.connected else None)
        self._show_arm()
        self.top_bar.stop_pressed.connect(self.ask_stop)
        self.top_bar.arm_pressed.connect(self.ask_arm)

    def detach(self) -> None:
        """Stops looking at the agent; what was shown last stays."""
        self.status_bar.detach()
        self.top_bar.links.detach()

    def show_page(self, name: str) -> None:
        """Shows a page and marks it in the rail."""
        self.pages.show_page(name)
        self.rail.show_chosen(name)
        if self._context is not None:
            self._context.ui.set("page", name)

    async def open_page(self, name: str) -> None:
        """Shows a page that comes piece by piece, unless the trader has chosen one meanwhile."""
        if self.pages.waiting:
            self.rail.show_chosen(name)
        await self.pages.build_in_turns(name)

    def ask_stop(self) -> None:
        """Opens the question of the stop button."""
        from app.shell.stop_everything import stop_everything  # noqa: PLC0415  # as above

        if self._context is not None:
            self._context.tasks.start(stop_everything(self._context, self.window()))

    def ask_arm(self) -> None:
        """Arms or disarms a live account."""
        from app.shell.arming import toggle_arm  # noqa: PLC0415  # as above

        if self._context is not None:
            self._context.tasks.start(toggle_arm(self._context, self.window()))

    def _show_terminal_link(self, event: "TerminalLinkChanged") -> None:
        if event.state == "disconnected":
            self.top_bar.show_account(None)
        self._show_arm()

    def _show_arm(self, _event: object = None) -> None:
        if self._context is None:
            return
        account = self._context.agent.terminal.account
        self.top_bar.show_arm(
            armed=self._context.agent.desk.armed,
            live=account is not None and account.live and self._context.agent.terminal.connected,
            problem=self._context.agent.terminal.account_problem,
        )

"""Today's result against the trader's own daily loss limit, for the top bar."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from agent_core.protocol.errors import ForexEliteError
from app.context import AppContext
from app.shell.top_bar import TopBar

if TYPE_CHECKING:  # the window paints before numpy and the agent are imported
    from agent_core.terminal.models import Account, Deal

REREAD_MS = 60_000


def realised(deals: "list[Deal]") -> float:
    """Returns what trades brought in, their costs included; deposits and withdrawals do not count."""
    return sum(deal.net for deal in deals if deal.side is not None)


class DailyLoss(QObject):
    """Keeps the figure up to date: deals are read again when new ones come, the floating part with each quote."""

    def __init__(self, context: AppContext, top_bar: TopBar) -> None:
        super().__init__(top_bar)
        self._context = context
        self._top_bar = top_bar
        self._realised: float | None = None
        self._account = ""
        self._timer = QTimer(self)
        self._timer.setInterval(REREAD_MS)
        self._timer.timeout.connect(self.read)
        self._timer.start()
        context.signals.deals.connect(self.read)
        context.signals.clock.connect(self.read)  # the day begins at another moment then
        context.signals.account.connect(self._show)
        context.signals.terminal_link.connect(self._read_first)
        self.read()

    def read(self, _deals: object = None) -> None:
        """Reads today's deals again."""
        if self._context.agent.terminal.connected:
            self._context.tasks.start(self._read(), on_error=_later)

    def _read_first(self, _link: object) -> None:
        """An account is told before its deals can be read."""
        if self._realised is None:
            self.read()

    async def _read(self) -> None:
        terminal = self._context.agent.terminal
        deals = await terminal.deals(terminal.clock.day_start())
        if terminal.account is not None:
            self._account, self._realised = terminal.account.key, realised(deals)
        self._show(terminal.account)

    def _show(self, account: "Account | None") -> None:
        if account is None:
            return
        if account.key != self._account:
            self._account, self._realised = account.key, None
            self.read()
        today = None if self._realised is None else self._realised + account.profit
        limit = self._context.agent.desk.limits.daily_loss
        locked = self._context.agent.desk.risk.message
        self._top_bar.show_daily_loss(today, limit, account.currency_digits, locked)


def _later(error: Exception) -> None:
    """The next reading shows it; the terminal's link already says what is wrong."""
    if not isinstance(error, ForexEliteError):
        raise error

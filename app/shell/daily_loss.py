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
        self._realised = 0.0
        self._login: int | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(REREAD_MS)
        self._timer.timeout.connect(self.read)
        self._timer.start()
        context.signals.deals.connect(self.read)
        context.signals.account.connect(self._show)
        self.read()

    def read(self, _deals: object = None) -> None:
        """Reads today's deals again."""
        if self._context.agent.terminal.connected:
            self._context.tasks.start(self._read(), on_error=_later)

    async def _read(self) -> None:
        terminal = self._context.agent.terminal
        self._realised = realised(await terminal.deals(terminal.clock.day_start()))
        self._show(terminal.account)

    def _show(self, account: "Account | None") -> None:
        if account is None:
            return
        if account.login != self._login:
            self._login = account.login
            self._realised = 0.0
            self.read()
        limit = self._context.agent.desk.limits.daily_loss
        locked = self._context.agent.desk.risk.message
        self._top_bar.show_daily_loss(self._realised + account.profit, limit, account.currency_digits, locked)


def _later(error: Exception) -> None:
    """The next reading shows it; the terminal's link already says what is wrong."""
    if not isinstance(error, ForexEliteError):
        raise error

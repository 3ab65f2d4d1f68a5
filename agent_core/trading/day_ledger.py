"""What the deals of the broker's day made of the account, read anew only as far as there are new ones."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from agent_core.terminal.models import Account, Deal
from agent_core.terminal.service import TerminalService
from agent_core.trading.numbers import money

#: Deposits made while the agent was off are looked for this far back.
_FLOWS = timedelta(days=30)
#: Deals before the newest known one that are read again: they need not come in the order of their times.
_OVERLAP = timedelta(minutes=5)


class DayLedger:
    """Deals of an account since the broker's midnight.

    Attributes:
        realised: Profit of the day's trades with all their costs, in the account's currency.
        flows: Deposits and withdrawals of the day; at the first reading those of the last month.
    """

    def __init__(self, terminal: TerminalService) -> None:
        self._terminal = terminal
        self._account: tuple[int, str] | None = None
        self._day: tuple[datetime, int] | None = None
        self._balance: float | None = None
        self._deals: dict[int, Deal] = {}
        self.realised = Decimal(0)
        self.flows: list[Deal] = []

    async def read(self, account: Account, day: datetime) -> None:
        """Reads what is new, where the balance says that there is something.

        Args:
            account: The account as just read.
            day: The broker's last midnight.

        Raises:
            ForexEliteError: the terminal can't be reached.
        """
        key, clocked = (account.login, account.server), (day, self._terminal.clock.offset)
        if key == self._account and clocked == self._day and account.balance == self._balance:
            return
        known = self._deals if key == self._account and clocked == self._day else {}
        if known:
            since = max(deal.time for deal in known.values()) - _OVERLAP
        elif key == self._account and self._day is not None:
            since = min(day, self._day[0])  # a deposit just before midnight may not have been seen
        else:
            since = min(day, datetime.now(UTC) - _FLOWS)
        deals = known | {deal.ticket: deal for deal in await self._terminal.deals(since)}
        trades = [deal for deal in deals.values() if deal.time >= day and deal.side is not None]
        costs = sum(deal.profit + deal.swap + deal.commission + deal.fee for deal in trades)
        self.realised = money(costs, account.currency_digits)
        self.flows = [deal for deal in deals.values() if deal.side is None]
        self._account, self._day, self._balance, self._deals = key, clocked, account.balance, deals

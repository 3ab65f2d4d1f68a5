"""What the deals of the broker's day made of the account, read anew only as far as there are new ones."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from agent_core.terminal.models import Account, Deal
from agent_core.terminal.service import TerminalService
from agent_core.trading.numbers import money

#: Deposits made while the agent was off are looked for this far back.
_FLOWS = timedelta(days=30)


class DayLedger:
    """Deals of an account since the broker's midnight.

    Attributes:
        realised: Profit of the day's trades with all their costs, in the account's currency.
        flows: Deposits and withdrawals of the day; at the first reading those of the last month.
    """

    def __init__(self, terminal: TerminalService) -> None:
        self._terminal = terminal
        self._account: tuple[int, str] | None = None
        self._clocked = (datetime.now(UTC), 0)
        self._balance = 0.0
        self._tickets: set[int] = set()
        self._newest = datetime.min.replace(tzinfo=UTC)
        self._realised = 0.0
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
        same_account = key == self._account
        same_day = same_account and clocked == self._clocked
        if same_day and account.balance == self._balance:
            return
        if same_day and await self._read_on(account):
            return
        # A deposit just before midnight may not have been seen.
        since = self._clocked[0] if same_account else datetime.now(UTC) - _FLOWS
        deals = await self._terminal.deals(min(day, since))
        self._account, self._clocked, self._balance = key, clocked, account.balance
        self._tickets, self._newest, self._realised, self.flows = set(), day, 0.0, []
        self._add(deals, account)

    async def _read_on(self, account: Account) -> bool:
        """Adds the deals since the newest known one; False where they don't explain how the balance moved."""
        deals = [deal for deal in await self._terminal.deals(self._newest) if deal.ticket not in self._tickets]
        unexplained = account.balance - self._balance - sum(deal.net for deal in deals)
        if abs(unexplained) >= 0.5 * 10**-account.currency_digits:
            return False
        self._balance = account.balance
        self._add(deals, account)
        return True

    def _add(self, deals: list[Deal], account: Account) -> None:
        day, _ = self._clocked
        self._tickets.update(deal.ticket for deal in deals)
        self._newest = max((self._newest, *(deal.time for deal in deals)))
        self._realised += sum(deal.net for deal in deals if deal.time >= day and deal.side is not None)
        self.realised = money(self._realised, account.currency_digits)
        self.flows += [deal for deal in deals if deal.side is None]

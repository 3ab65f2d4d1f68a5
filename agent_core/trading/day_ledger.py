"""What the deals of the broker's day made of the account, read anew only as far as there are new ones."""

from collections.abc import Iterable
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
        same_account = key == self._account
        same_day = same_account and clocked == self._clocked
        if same_day and account.balance == self._balance:
            return
        deals = await self._newer(account) if same_day and self._deals else None
        if deals is None:
            # A deposit just before midnight may not have been seen.
            since = self._clocked[0] if same_account else datetime.now(UTC) - _FLOWS
            deals = {deal.ticket: deal for deal in await self._terminal.deals(min(day, since))}
        trades = (deal for deal in deals.values() if deal.time >= day and deal.side is not None)
        self.realised = money(_sum(trades), account.currency_digits)
        self.flows = [deal for deal in deals.values() if deal.side is None]
        self._account, self._clocked, self._balance, self._deals = key, clocked, account.balance, deals

    async def _newer(self, account: Account) -> dict[int, Deal] | None:
        """The known deals and those since; None where they don't explain how the balance moved."""
        since = max(deal.time for deal in self._deals.values())
        deals = self._deals | {deal.ticket: deal for deal in await self._terminal.deals(since)}
        unexplained = account.balance - self._balance - (_sum(deals.values()) - _sum(self._deals.values()))
        return deals if abs(unexplained) < 0.5 * 10**-account.currency_digits else None


def _sum(deals: Iterable[Deal]) -> float:
    return sum(deal.profit + deal.swap + deal.commission + deal.fee for deal in deals)

"""Notices new executions, those made while the agent was not running included."""

import time
from datetime import UTC, datetime, timedelta

from agent_core.terminal.models import Account, Deal, PendingOrder, Position
from agent_core.terminal.service import TerminalService

#: Deals are looked for when positions, orders or balance moved, and now and then anyway.
LOOK_SECONDS = 5.0
_LOOK_BACK = timedelta(days=30)
_OVERLAP = timedelta(hours=1)


class DealWatch:
    """Remembers the newest deal of each account in the store; deal tickets only grow."""

    def __init__(self, terminal: TerminalService) -> None:
        self._terminal = terminal
        self._account: tuple[int, str] | None = None
        self._newest: int | None = None
        self._since = datetime.now(UTC)
        self._state: object = None
        self._looked = 0.0

    async def look(
        self, account: Account, positions: tuple[Position, ...], orders: tuple[PendingOrder, ...]
    ) -> tuple[Deal, ...]:
        """Returns the deals that are new since the last look; the first look at an account returns none."""
        if (account.login, account.server) != self._account:
            self._account = (account.login, account.server)
            self._newest = self._terminal.memory.last_deal(*self._account)
            self._since = datetime.now(UTC) - _LOOK_BACK
            self._state = None
        state = (account.balance, [(p.ticket, p.volume) for p in positions], [order.ticket for order in orders])
        if state == self._state and time.monotonic() - self._looked < LOOK_SECONDS:
            return ()
        deals = await self._terminal.deals(self._since)
        self._state, self._looked = state, time.monotonic()
        known = self._newest
        new = tuple(deal for deal in deals if deal.ticket > (known or 0))
        if new or known is None:
            self._newest = max((deal.ticket for deal in new), default=0)
            self._terminal.memory.set_last_deal(*self._account, self._newest)
        self._since = datetime.now(UTC) - _OVERLAP
        return () if known is None else new

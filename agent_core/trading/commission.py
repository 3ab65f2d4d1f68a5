"""What the broker takes a lot for opening and closing, learned from the account's own deals.

MetaTrader tells commissions only afterwards, deal by deal; what the last trades cost is what the next one will cost.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from agent_core.events import EventBus
from agent_core.terminal.constants import DealEntry
from agent_core.terminal.events import DealsAdded
from agent_core.terminal.models import Account, Deal
from agent_core.terminal.service import TerminalService
from agent_core.trading.numbers import decimal

LOOK_BACK = timedelta(days=60)
#: Newest deals of a kind that count: brokers change their prices.
_DEALS = 20
_CENT = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Commission:
    """Cost of opening and closing one lot in the account's currency, and how sure that is.

    Attributes:
        per_lot: Entry and exit together; 0 where nothing is known.
        note: One sentence where it is a guess, else empty.
    """

    per_lot: Decimal
    note: str = ""


class CommissionBook:
    """Commissions of the connected account, by broker's symbol."""

    def __init__(self, terminal: TerminalService, bus: EventBus) -> None:
        self._terminal = terminal
        self._account: tuple[int, str] | None = None
        self._deals: dict[int, Deal] = {}
        self._known: dict[str, Commission] = {}
        bus.subscribe(DealsAdded, self._deals_added)

    async def of(self, account: Account, symbol: str) -> Commission:
        """Returns what one lot of a symbol costs.

        Raises:
            ForexEliteError: the account's deals can't be read.
        """
        key = (account.login, account.server)
        if key != self._account:
            deals = await self._terminal.deals(datetime.now(UTC) - LOOK_BACK)
            self._deals = {deal.ticket: deal for deal in deals}
            self._account = key
            self._known.clear()
        if symbol not in self._known:
            self._known[symbol] = commission_of(self._deals.values(), symbol)
        return self._known[symbol]

    def _deals_added(self, event: DealsAdded) -> None:
        # Reading months of history again would hold up the next order.
        self._deals.update((deal.ticket, deal) for deal in event.deals)
        self._known.clear()


def commission_of(deals: Iterable[Deal], symbol: str) -> Commission:
    """Returns the commission of a symbol by an account's deals, oldest first."""
    own = [deal for deal in deals if deal.symbol == symbol and deal.side is not None and deal.volume > 0]
    entry, leaving = (_per_lot(own, kind) for kind in (DealEntry.IN, DealEntry.OUT))
    if entry is None and leaving is None:
        note = f"The commission of {symbol} is not known before its first trade; it counts as 0."
        return Commission(Decimal(0), note)
    if entry is None or leaving is None:
        known = entry if entry is not None else leaving
        note = f"Only one side of the commission of {symbol} is known yet; the other counts the same."
        return Commission(2 * (known or Decimal(0)), note)
    return Commission(entry + leaving)


def _per_lot(deals: list[Deal], kind: DealEntry) -> Decimal | None:
    chosen = [deal for deal in deals if deal.entry == kind][-_DEALS:]
    if not chosen:
        return None
    # Commissions and fees are booked as negative amounts.
    paid = -sum((decimal(deal.commission) + decimal(deal.fee) for deal in chosen), Decimal(0))
    return max(paid / sum((decimal(deal.volume) for deal in chosen), Decimal(0)), Decimal(0)).quantize(_CENT)

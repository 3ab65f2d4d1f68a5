"""What the ticket keeps of an order that went out: how far its levels are from the market."""

from dataclasses import dataclass
from decimal import Decimal

from agent_core.terminal.models import OrderKind, Side
from agent_core.trading.models import OrderTicket
from app.trade.draft import Draft, Market
from app.trade.levels import LevelUnit, snap_price


@dataclass(frozen=True, slots=True)
class KeptDistance:
    """Signed distances of stop and target from the entry, of those that were typed as prices.

    The next market order of the same symbol gets them again; distances typed as such stay in their fields anyway.
    """

    symbol: str
    side: Side
    offsets: tuple[tuple[str, Decimal], ...]

    @classmethod
    def of(cls, order: OrderTicket, draft: Draft, market: Market) -> "KeptDistance | None":
        """Returns what to keep of an order; None for pending orders, whose levels belong to their own price."""
        if order.kind is not OrderKind.MARKET:
            return None
        entry = draft.entry(order.side, market.bid, market.ask)
        typed = (("sl", draft.sl), ("tp", draft.tp))
        offsets = tuple((name, level.value - entry) for name, level in typed if level and level.unit is LevelUnit.PRICE)
        return cls(order.symbol, order.side, offsets) if offsets else None

    def prices(self, market: Market) -> dict[str, Decimal]:
        """Returns the levels at the same distances from the price now."""
        entry = Decimal(str(market.ask if self.side is Side.BUY else market.bid))
        return {name: snap_price(entry + offset, market.spec) for name, offset in self.offsets}

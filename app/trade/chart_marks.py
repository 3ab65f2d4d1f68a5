"""Entries and exits of deals as marks for a chart, each exit linked to its entry with the result. No painting."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from agent_core.terminal.models import Deal, Side
from app.theme.tokens import Tokens, contrast

_IN = 0
#: Colours that tell EAs from one another; the trader's own hand has the accent.
_OWNER_COLOURS = ("#b59cff", "#f4b64a", "#3fc1d0", "#e879b9", "#9ccc4a", "#ff8f5a", "#7aa2ff", "#c9a27a")
_LEAST_CONTRAST = 3.0


@dataclass(frozen=True, slots=True)
class TradeMark:
    """One deal on the chart.

    Attributes:
        entry: Whether it opened or added to a position, else it closed.
        up: Whether its arrow points up: what was bought.
        owner: Name of the EA, empty for the trader's own hand.
        text: What stands beside it: `0.61 manual`, or the result of an exit.
    """

    time: datetime
    price: float
    entry: bool
    up: bool
    owner: str
    text: str
    position: int


@dataclass(frozen=True, slots=True)
class TradeLink:
    """A line from an entry to an exit. `result` is in the account's currency, costs of the exit included."""

    position: int
    opened: datetime
    price_open: float
    closed: datetime
    price_close: float
    result: float
    owner: str


@dataclass(frozen=True, slots=True)
class TradeMarks:
    """Marks and links of one symbol, oldest first."""

    marks: tuple[TradeMark, ...]
    links: tuple[TradeLink, ...]

    def of_owners(self, owners: frozenset[str]) -> "TradeMarks":
        """Returns those of some owners alone; "" stands for the trader's own hand."""
        return TradeMarks(
            tuple(mark for mark in self.marks if mark.owner in owners),
            tuple(link for link in self.links if link.owner in owners),
        )


def trade_marks(deals: Iterable[Deal], symbol: str, owner_of: Callable[[int], str]) -> TradeMarks:
    """Returns the marks of a symbol's deals.

    The broker may write another magic number, or none, into a closing deal: an exit belongs to whom its entry does.
    """
    marks: list[TradeMark] = []
    links: list[TradeLink] = []
    entries: dict[int, list[Deal]] = {}
    for deal in sorted((each for each in deals if each.symbol == symbol and each.side), key=lambda each: each.time):
        opening = deal.entry == _IN
        if opening:
            entries.setdefault(deal.position_id, []).append(deal)
        opened = entries.get(deal.position_id, [])
        owner = owner_of(opened[0].magic if opened else deal.magic)
        result = deal.profit + deal.commission + deal.swap + deal.fee
        text = f"{deal.volume:g} {owner or 'manual'}" if opening else f"{result:+.2f}".replace("-", "−")
        up = deal.side is Side.BUY
        marks.append(TradeMark(deal.time, deal.price, opening, up, owner, text, deal.position_id))
        if not opening and opened:
            price, first = _average(opened), opened[0].time
            links.append(TradeLink(deal.position_id, first, price, deal.time, deal.price, result, owner))
    return TradeMarks(tuple(marks), tuple(links))


def owner_colours(owners: Iterable[str], tokens: Tokens) -> dict[str, str]:
    """Returns a colour `#rrggbb` for each owner, the same one in each call with the same owners.

    The trader's own hand ("") gets the accent; colours that can't be seen on the theme's panel are darkened.
    """
    named = sorted({owner for owner in owners if owner})
    colours = {owner: _seen(_OWNER_COLOURS[n % len(_OWNER_COLOURS)], tokens.panel) for n, owner in enumerate(named)}
    return {"": tokens.accent, **colours}


def _seen(colour: str, panel: str) -> str:
    channels = [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
    while contrast(colour, panel) < _LEAST_CONTRAST and any(channels):
        channels = [channel * 9 // 10 for channel in channels]
        colour = "#" + "".join(f"{channel:02x}" for channel in channels)
    return colour


def _average(deals: list[Deal]) -> float:
    volume = sum(deal.volume for deal in deals)
    return sum(deal.price * deal.volume for deal in deals) / volume if volume else deals[0].price

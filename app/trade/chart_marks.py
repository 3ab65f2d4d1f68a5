"""Entries and exits of deals as marks for a chart, each exit linked to its entry with the result. No painting."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from agent_core.terminal.models import Deal, Side
from app import formatting
from app.chart.marks import TradeLink, TradeMark, TradeMarks
from app.language import tr
from app.theme.tokens import Tokens, contrast

_IN = 0
#: Colours that tell EAs from one another; the trader's own hand has the accent.
_OWNER_COLOURS = ("#b59cff", "#f4b64a", "#3fc1d0", "#e879b9", "#9ccc4a", "#ff8f5a", "#7aa2ff", "#c9a27a")
_LEAST_CONTRAST = 3.0
#: Sums of volumes are this near to nothing when all is closed.
_NO_VOLUME = 1e-9


@dataclass(slots=True)
class _Held:
    """What a position has been so far: its entries, what of it is still open, and the costs of that."""

    entries: list[Deal] = field(default_factory=list)
    volume: float = 0.0
    costs: float = 0.0

    def enter(self, deal: Deal) -> None:
        self.entries.append(deal)
        self.volume += deal.volume
        self.costs += deal.costs

    def leave(self, deal: Deal) -> float:
        """Returns what an exit came to, with its share of what the entries cost."""
        rest = self.volume - deal.volume
        share = deal.volume / self.volume if rest > _NO_VOLUME else 1.0
        paid = self.costs * share
        self.volume, self.costs = max(0.0, rest), self.costs - paid
        return deal.net + paid


def trade_marks(deals: Iterable[Deal], symbol: str, owner_of: Callable[[int], str]) -> TradeMarks:
    """Returns the marks of a symbol's deals.

    An exit bears its share of what the entry cost, so that the exits of a trade add up to its result in the history.
    The broker may write another magic number, or none, into a closing deal: an exit belongs to whom its entry does.
    """
    marks: list[TradeMark] = []
    links: list[TradeLink] = []
    positions: dict[int, _Held] = {}
    for deal in sorted((each for each in deals if each.symbol == symbol and each.side), key=lambda each: each.time):
        held = positions.setdefault(deal.position_id, _Held())
        opening = deal.entry == _IN
        owner = owner_of(held.entries[0].magic if held.entries else deal.magic)
        up = deal.side is Side.BUY
        if opening:
            held.enter(deal)
            text = f"{deal.volume:g} {owner or tr('manual')}"
        else:
            result = held.leave(deal)
            text = formatting.money(result, signed=True)
            if held.entries:
                price, first = _average(held.entries), held.entries[0].time
                links.append(TradeLink(deal.position_id, first, price, deal.time, deal.price, result, owner))
        marks.append(TradeMark(deal.time, deal.price, opening, up, owner, text, deal.position_id))
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

"""Entries and exits of deals as marks for a chart, each exit linked to its entry with the result. No painting."""

from collections.abc import Callable, Iterable

from agent_core.terminal.models import Deal, Side
from app.chart.marks import TradeLink, TradeMark, TradeMarks
from app.language import tr
from app.theme.tokens import Tokens, contrast

_IN = 0
#: Colours that tell EAs from one another; the trader's own hand has the accent.
_OWNER_COLOURS = ("#b59cff", "#f4b64a", "#3fc1d0", "#e879b9", "#9ccc4a", "#ff8f5a", "#7aa2ff", "#c9a27a")
_LEAST_CONTRAST = 3.0


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
        text = f"{deal.volume:g} {owner or tr('manual')}" if opening else f"{result:+.2f}".replace("-", "−")
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

"""The columns of trades and of their groups."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from app import formatting
from app.history.performance import Group
from app.history.trades import Trade
from app.language import tr
from app.trade.table_model import Column


def trade_columns(digits: Callable[[str], int], owner: Callable[[int], str]) -> list[Column[Trade]]:
    """Returns the columns of trades, one line a position."""
    return [
        Column("Symbol", lambda t: t.symbol, lambda t: t.symbol, 92, right=False, look="strong"),
        Column("Side", lambda t: tr(t.side.title()), lambda t: t.side.value, 62, right=False,
               tone=lambda t: "up" if t.side.sign > 0 else "down", look="chip"),
        Column("Lots", lambda t: formatting.lots(round(t.lots, 8)), lambda t: round(t.lots, 8), 62),
        Column("Opened", lambda t: formatting.day_and_time(t.opened),
               lambda t: t.opened.timestamp() if t.opened else None, 116, spare=6,
               export=lambda t: t.opened.isoformat() if t.opened else None),
        Column("Open", lambda t: formatting.price(t.price_open, digits(t.symbol)), lambda t: t.price_open, 86,
               spare=4),
        Column("Closed", lambda t: formatting.day_and_time(t.closed) if t.closed else tr("open"),
               lambda t: t.closed.timestamp() if t.closed else None, 116,
               tone=lambda t: "" if t.closed else "accent",
               export=lambda t: t.closed.isoformat() if t.closed else None),
        Column("Close", lambda t: formatting.price(t.price_close, digits(t.symbol)), lambda t: t.price_close, 86,
               spare=5),
        Column("Duration", lambda t: duration_text(t.duration),
               lambda t: t.duration.total_seconds() if t.duration is not None else None, 84, tone=lambda _t: "dim",
               spare=2),
        Column("Owner", lambda t: owner(t.magic) or tr("Manual"), lambda t: owner(t.magic), 130,
               tone=lambda t: "owner" if owner(t.magic) else "mute", look="small", export=lambda t: owner(t.magic),
               spare=3),
        Column("Costs", lambda t: formatting.money(t.costs), lambda t: round(t.costs, 8), 80, tone=lambda _t: "dim",
               total=lambda trades: (formatting.money(sum(t.costs for t in trades)), "dim")),
        Column("Net P/L", lambda t: formatting.money(t.net, signed=True), lambda t: round(t.net, 8), 100,
               tone=lambda t: result_tone(t.net), look="strong", total=_net),
        Column("Comment", lambda t: t.comment, lambda t: t.comment, 130, right=False, tone=lambda _t: "dim",
               look="small", spare=1),
    ]  # fmt: skip


def group_columns(title: str) -> list[Column[Group]]:
    """Returns the columns of groups by day, symbol or owner."""
    return [
        Column(title, lambda g: g.name, lambda g: g.name, 180, right=False, look="strong"),
        Column("Trades", lambda g: str(g.trades), lambda g: g.trades, 80),
        Column("Won", lambda g: formatting.percent(100 * g.wins / g.trades, 0), lambda g: g.wins / g.trades, 80),
        Column("Lots", lambda g: formatting.lots(round(g.lots, 8)), lambda g: round(g.lots, 8), 80),
        Column("Costs", lambda g: formatting.money(g.costs), lambda g: round(g.costs, 8), 100, tone=lambda _g: "dim"),
        Column("Net P/L", lambda g: formatting.money(g.net, signed=True), lambda g: round(g.net, 8), 120,
               tone=lambda g: result_tone(g.net), look="strong"),
    ]  # fmt: skip


def duration_text(duration: timedelta | None) -> str:
    """Returns how long a trade was held: `45 s`, `12 min`, `3 h 05`, `2 d 4 h`."""
    if duration is None:
        return formatting.NONE
    seconds = max(0, int(duration.total_seconds()))
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes:02d}"
    return f"{minutes} min" if minutes else f"{seconds} s"


def _net(trades: Sequence[Trade]) -> tuple[str, str]:
    net = sum(trade.net for trade in trades)
    return formatting.money(net, signed=True), result_tone(net)


def result_tone(value: float) -> str:
    """Returns the tone of a result; one that rounds to nothing is quiet."""
    tone = formatting.tone(round(value, 2))
    return "dim" if tone == "flat" else tone

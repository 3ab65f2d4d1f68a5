"""Steps on the ticket: what size, stop and target can be given in, what the order costs, presets."""

from decimal import Decimal
from functools import partial

from PySide6.QtWidgets import QLineEdit, QPushButton

from agent_core.terminal.models import Side
from app.tour.guide import Guide
from app.tour.hands import enter, find, until
from app.tour.step import Step
from app.tour.trading import (
    choose,
    clear_ticket,
    level_in,
    number_in,
    open_menu,
    quote,
    size_in,
    spec_of,
    text_of,
    trade_page,
    until_closed,
    until_priced,
)
from app.trade.draft import level_money

STOP_PIPS = Decimal(20)
#: A dollar's part that rounding to whole cents may make.
CENT = Decimal("0.011")
#: Of half a lot, in dollars.
HALF_A_TICK = Decimal("0.26")
#: What a figure with one digit may be off.
ROUNDED = Decimal("0.06")


async def sizes(guide: Guide) -> None:
    """The same stop, sized in lots, units, money and percent of the equity; each says what it comes to."""
    await clear_ticket(guide)
    spec, account = await spec_of(guide), guide.context.agent.terminal.account
    equity = Decimal(str(account.equity)) if account is not None else Decimal(0)
    a_lot = Decimal(str(-level_money(spec, Side.BUY, 1.0, 1.0, 1.0 - float(STOP_PIPS) * spec.pip)))
    ticket, step = trade_page(guide).ticket, Decimal(str(spec.volume_step))
    await level_in(guide, "sl", "Pips", str(STOP_PIPS))
    for mode, size, name in (("Lots", "0.25", "lots"), ("Units", "25000", "units"), ("Risk money", "75", "money"),
                             ("Risk %", "0.5", "percent")):  # fmt: skip
        await size_in(guide, mode, size)
        await until("the size is worked out", lambda: ticket.lots and _note(guide, "size"))
        risk = {"lots": a_lot / 4, "units": a_lot / 4, "money": Decimal(75), "percent": equity / 200}[name]
        lots, note = ticket.lots or Decimal(0), _note(guide, "size")
        least = risk - 3 * step * a_lot  # rounded down, commission counts, and the price moves on
        guide.check(f"A size in {name} risks what it says, at most", least < lots * a_lot <= risk + CENT, note)
        if name != "lots":
            guide.check("The note tells the lots", note.endswith(f"{lots:.2f} lots"), note)
        await guide.picture(name)
    await clear_ticket(guide)


async def levels(guide: Guide) -> None:
    """Stop and target in pips, money, true ranges and R: the price they come to stands over the field."""
    spec = await spec_of(guide)
    pip = Decimal(str(spec.pip))
    buy = trade_page(guide).ticket.form.buy
    await size_in(guide, "Lots", "0.50")
    cases = (("Pips", "20", "Pips", "50", "pips"), ("Money", "120", "Money", "300", "money"),
             ("ATR", "1.5", "ATR", "3", "atr"), ("Pips", "25", "R", "2.5", "r"))  # fmt: skip
    for stop_unit, stop, target_unit, target, name in cases:
        await level_in(guide, "sl", stop_unit, stop)
        await level_in(guide, "tp", target_unit, target)
        await until(f"levels in {name} are worked out", lambda: buy.isEnabled() and text_of(guide, "ticket.tp.hint"))
        shown = trade_page(guide).ticket.levels()
        guide.check(f"Stop and target in {name} have prices", shown is not None and None not in (shown.sl, shown.tp))
        assert shown is not None and shown.sl is not None and shown.tp is not None  # noqa: S101, PT018  # just checked
        away, reward = abs(shown.entry - shown.sl), abs(shown.tp - shown.entry)
        if name == "money":
            # While the price moves between two readings it is a little off.
            await until("the stop costs what was typed, to a tick", partial(_comes_to, guide, "sl", -120))
            await until("the target brings what was typed, to a tick", partial(_comes_to, guide, "tp", 300))
        else:
            ratio = {"pips": Decimal("2.5"), "atr": Decimal(2), "r": Decimal("2.5")}[name]
            right = abs(reward / away - ratio) < Decimal("0.02")
            guide.check(f"The target in {name} is as far away as it says", right, shown)
        if name in ("pips", "r"):
            guide.check("The stop is as far away as it says", away == Decimal(stop) * pip, (away, stop))
        multiple = number_in(_note(guide, "tp"))
        known = shown.preview.r_multiple if shown.preview is not None else None
        guide.check("R is told as on the chart", known is not None and abs(multiple - known) <= ROUNDED, known)
        await guide.picture(name)
    await clear_ticket(guide)


async def costs(guide: Guide) -> None:
    """Margin and cost as the ticket tells them are what the terminal then takes."""
    await size_in(guide, "Lots", "0.30")
    await level_in(guide, "sl", "Pips", "30")
    await level_in(guide, "tp", "R", "1.5")
    await until_priced(guide)
    margin, after = (number_in(text_of(guide, f"ticket.{name}")) for name in ("margin", "free_after"))
    cost = number_in(text_of(guide, "ticket.cost"))
    guide.check("What it costs is a loss", cost < 0, cost)
    await guide.picture("before")
    await guide.press("ticket.buy")
    await guide.press("ticket.confirm.accept")
    state = await guide.until_terminal("it is bought", lambda now: len(now["positions"]) == 1)
    truth = Decimal(str(state["account"]["margin"]))
    guide.check("The margin is the terminal's, but for the price's move", abs(truth - margin) < margin / 200, truth)
    free = Decimal(str(state["account"]["margin_free"]))
    guide.check("And what is free then", abs(free - after) < Decimal(20), (free, after))
    await until("the table shows it", lambda: trade_page(guide).blotter.positions.rows)
    await guide.picture("after")
    trade_page(guide).blotter.positions_table.selectRow(0)
    await guide.press("positions.close_all")
    await guide.picture("close-all")
    await guide.press("positions.close_all.confirm.accept")
    await until_closed(guide)
    await clear_ticket(guide)


async def presets(guide: Guide) -> None:
    """The trader's own sizes: one is taken, one is kept, and forgotten again."""
    await size_in(guide, "Lots", "0.37")
    before = guide.context.ui.values.size_presets
    menu = await open_menu(guide, "ticket.size_mode")
    await guide.picture("menu")
    await choose(menu, "Keep 0.37 lots")
    guide.check("It is kept", Decimal("0.37") in guide.context.ui.values.size_presets["LOTS"])
    await choose(await open_menu(guide, "ticket.size_mode"), "0.5 lots")
    typed = find(guide.window, QLineEdit, "ticket.size").text()
    guide.check("A preset fills the field", typed == "0.5", typed)
    await enter(guide.window, "ticket.size", "0.37")
    await choose(await open_menu(guide, "ticket.size_mode"), "Forget 0.37 lots")
    guide.check("It is forgotten", guide.context.ui.values.size_presets == before)
    await quote(guide)
    await clear_ticket(guide)


def _comes_to(guide: Guide, level: str, amount: int) -> bool:
    return abs(number_in(text_of(guide, f"ticket.{level}.hint").split("·")[-1]) - amount) <= HALF_A_TICK


def _note(guide: Guide, field: str) -> str:
    return find(guide.window, QPushButton, f"ticket.{field}.note").text()


STEPS = (
    Step("sizes", "Sizes in lots, units, money and percent", sizes),
    Step("levels", "Stop and target in pips, money, true ranges and R", levels),
    Step("costs", "Margin and cost before the order is sent, and after", costs),
    Step("presets", "Sizes of the trader's own", presets),
)

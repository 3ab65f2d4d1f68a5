"""Fills the ticket's notes and summary from a preview."""

from decimal import Decimal

from agent_core.terminal.models import Account
from agent_core.trading.models import OrderPreview, SizeMode
from app import formatting
from app.language import tr
from app.trade.draft import Draft
from app.trade.ticket_form import TicketForm
from app.widgets.labels import set_tone

_WITHIN = "within limits"


def show_preview(
    form: TicketForm,
    preview: OrderPreview | None,
    draft: Draft | None,
    account: Account | None,
    prices: tuple[str, str],
) -> None:
    """Shows what the order would cost and risk; dashes while nothing is known, and while it has no size.

    `prices` are those of stop and target where they are typed as distances, else empty.
    """
    currency = account.currency if account else ""
    digits = account.currency_digits if account else 2
    form.size_field.set_note(size_note(preview, draft, currency, digits))
    form.sl_hint.setText(_level(preview.stop_pips, _negative(preview.risk_money), digits, prices[0]) if preview else "")
    form.tp_hint.setText(_level(preview.target_pips, preview.reward_money, digits, prices[1]) if preview else "")
    _show_stop_note(form, preview)
    _show_target_note(form, preview)
    values, sized = form.summary, preview if preview is not None and preview.lots else None
    values["margin"].setText(formatting.money(sized.margin if sized else None, digits, currency))
    values["free_after"].setText(formatting.money(sized.free_after if sized else None, digits, currency))
    cost = -(abs(sized.spread_cost) + abs(sized.commission)) if sized else None
    values["cost"].setText(formatting.money(cost, digits, currency))
    note = preview.commission_note if preview else ""
    form.cost_note.setText(note)
    form.cost_note.setVisible(bool(note))
    within = preview is None or preview.guard == _WITHIN
    unknown = preview is None or (within and not sized)
    values["guard"].setText(formatting.NONE if unknown else tr(_WITHIN if within else "refused"))
    # The reason stands under the buttons too, unless there is another one before it.
    values["guard"].setToolTip("" if within or preview is None else tr(preview.guard))
    set_tone(values["guard"], "flat" if within else "bad")
    set_tone(values["free_after"], "bad" if sized is not None and sized.free_after < 0 else "flat")


def size_note(preview: OrderPreview | None, draft: Draft | None, currency: str, digits: int) -> str:
    """Returns what a size comes to: `= 104.82 USD → 0.61 lots`."""
    if preview is None or draft is None:
        return ""
    risk = formatting.money(preview.risk_money, digits, currency)
    if draft.size_mode is SizeMode.RISK_PERCENT and preview.risk_money is not None:
        return f"= {risk} → {formatting.lots(preview.lots)} lots"
    if draft.size_mode is SizeMode.RISK_MONEY and preview.risk_percent is not None:
        return f"= {formatting.percent(preview.risk_percent)} → {formatting.lots(preview.lots)} lots"
    if draft.size_mode is SizeMode.LOTS and preview.risk_money is not None:
        return f"risks {risk}"
    if draft.size_mode is SizeMode.UNITS:
        return f"= {formatting.lots(preview.lots)} lots"
    return ""


def _show_stop_note(form: TicketForm, preview: OrderPreview | None) -> None:
    if not form.sl_field.text():
        form.sl_field.set_note(tr("drag on chart"), clickable=True)
    else:
        share = preview.risk_percent if preview else None
        form.sl_field.set_note("" if share is None else formatting.percent(share))


def _show_target_note(form: TicketForm, preview: OrderPreview | None) -> None:
    if not form.tp_field.text():
        form.tp_field.set_note(tr("drag on chart"), clickable=True)
    else:
        multiple = preview.r_multiple if preview else None
        form.tp_field.set_note("" if multiple is None else f"{formatting.number(multiple, 1)} R")


def _level(pips: Decimal | None, amount: Decimal | None, digits: int, price: str) -> str:
    if pips is None:
        return ""
    return f"{price or f'{formatting.number(abs(pips), 1)} pips'} · {formatting.number(amount, digits, signed=True)}"


def _negative(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else -abs(amount)

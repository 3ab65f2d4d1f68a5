"""The question before an order is sent, for traders who have not switched it off."""

from PySide6.QtWidgets import QWidget

from agent_core.terminal.models import Account, OrderKind, Side, SymbolSpec
from agent_core.trading.models import OrderPreview, OrderTicket
from app import formatting
from app.widgets.dialogs import ConfirmDialog, answer_of


async def confirmed(
    parent: QWidget, order: OrderTicket, preview: OrderPreview | None, spec: SymbolSpec, account: Account | None
) -> bool:
    """Asks whether an order is to be sent; the question names side, size, price, risk and the kind of money."""
    verb = "Buy" if order.side is Side.BUY else "Sell"
    lots = formatting.lots(preview.lots) if preview else ""
    live = account is not None and account.live
    dialog = ConfirmDialog(
        parent.window(),
        "ticket.confirm",
        title=f"{verb} {lots} {order.symbol}" + (" with real money?" if live else "?"),
        text=question(order, preview, spec, account),
        accept=verb,
        kind="buy" if order.side is Side.BUY else "sell",
    )
    return await answer_of(dialog)


def question(order: OrderTicket, preview: OrderPreview | None, spec: SymbolSpec, account: Account | None) -> str:
    """Returns the order in words."""
    currency = account.currency if account else ""
    digits = account.currency_digits if account else 2
    price = formatting.price(order.price or (preview.price if preview else None), spec.digits)
    kind = order.kind.capitalize().replace("_", "-")
    parts = [f"At market, about {price}." if order.kind is OrderKind.MARKET else f"{kind} at {price}."]
    if order.stop_limit_price is not None:
        parts = [f"{kind} at {price}, limit {formatting.price(order.stop_limit_price, spec.digits)}."]
    if order.sl is not None:
        risk = formatting.money(preview.risk_money, digits, currency) if preview else ""
        parts.append(f"Stop {formatting.price(order.sl, spec.digits)}, risks {risk}.")
    else:
        parts.append("No stop loss.")
    if order.tp is not None:
        reward = formatting.money(preview.reward_money, digits, currency) if preview else ""
        parts.append(f"Target {formatting.price(order.tp, spec.digits)}, gains {reward}.")
    return " ".join(parts)

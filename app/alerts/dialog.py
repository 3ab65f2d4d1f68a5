"""Asks for the price of an alert on a symbol."""

from PySide6.QtWidgets import QWidget

from app import formatting
from app.alerts.price_alert import Crossing
from app.alerts.watcher import AlertBook
from app.context import AppContext
from app.language import tr
from app.trade.draft import read_number
from app.trade.levels import DraftError
from app.widgets.dialogs import ConfirmDialog, answer_of
from app.widgets.form import field


async def ask_alert(parent: QWidget, context: AppContext, symbol: str, digits: int) -> None:
    """Opens the question; the price's side of the market tells which crossing is meant."""
    tick = context.agent.feed.last(symbol)
    if tick is None:
        context.toasts.warning(f"There is no price of {symbol} yet. Set the alert when quotes arrive.")
        return
    text = f"You are told once when the bid of {symbol}, {formatting.price(tick.bid, digits)} now, gets there."
    dialog = ConfirmDialog(
        parent.window(), "alert.dialog", title=f"Price alert on {symbol}", text=text, accept="Set alert"
    )
    price = field("alert.dialog.price", placeholder="Price")
    price.setAccessibleName(tr("Price"))
    price.setText(formatting.price(tick.bid, digits))
    price.selectAll()
    dialog.content.addWidget(price)
    dialog.accept_button.setDefault(True)
    price.setFocus()
    if not await answer_of(dialog):
        return
    try:
        level = read_number(price.text(), "price", "Price")
    except DraftError as error:
        context.toasts.warning(str(error))
        return
    if level is not None:
        alert = AlertBook(context.ui).add(symbol, Crossing.ABOVE if level > tick.bid else Crossing.BELOW, level)
        context.toasts.success(f"You are told when {alert.sentence}.")

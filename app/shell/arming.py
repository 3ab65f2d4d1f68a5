"""Arming a live account: orders with real money are refused until the trader allows them, at each start anew."""

from PySide6.QtWidgets import QWidget

from app.context import AppContext
from app.widgets.dialogs import ConfirmDialog, answer_of


async def toggle_arm(context: AppContext, window: QWidget) -> None:
    """Disarms at once; arms after a question whose default is no."""
    desk, account = context.agent.desk, context.agent.terminal.account
    if account is None or not account.live:
        return
    if desk.armed:
        desk.disarm()
        return
    dialog = ConfirmDialog(
        window,
        "arm_dialog",
        title="Trade with real money?",
        text=f"Account {account.login} at {account.server} is a live account. Orders from this window, from EAs' "
        "controls and from the cloud will use real money until you disarm it or close the window.",
        accept="Arm live account",
        reject="Stay disarmed",
        kind="live",
    )
    if await answer_of(dialog):
        desk.arm()

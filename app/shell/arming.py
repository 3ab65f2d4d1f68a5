"""Arming a live account: orders with real money are refused until the trader allows them, at each start anew."""

from PySide6.QtWidgets import QWidget

from app.context import AppContext
from app.widgets.dialogs import ConfirmDialog, answer_of


async def toggle_arm(context: AppContext, window: QWidget) -> None:
    """Disarms at once; arms after a question whose default is no."""
    desk, account = context.agent.desk, context.agent.terminal.account
    if account is None or not (account.live or context.agent.terminal.account_problem):
        return
    if desk.armed:
        desk.disarm()
        return
    problem = context.agent.terminal.account_problem
    use = (
        f"Account {account.login} at {account.server} is a live account. Orders from this window, from EAs' "
        "controls and from the cloud will use real money until you disarm it or close the window."
        if account.live
        else f"Account {account.login} at {account.server} is a demo account."
    )
    dialog = ConfirmDialog(
        window,
        "arm_dialog",
        title="Trade this other account?" if problem else "Trade with real money?",
        text=f"{problem} {use}" if problem else use,
        accept="Arm live account" if account.live else "Trade this account",
        reject="Stay disarmed",
        kind="live",
    )
    if await answer_of(dialog):
        desk.arm()

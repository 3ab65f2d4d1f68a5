"""The stop button: asks what to stop, and runs it as a job like any other."""

from PySide6.QtWidgets import QCheckBox, QWidget

from agent_core.protocol.jobs import CloseAllPayload, JobStatus, JobType
from app.context import AppContext
from app.widgets.buttons import check_box
from app.widgets.dialogs import ConfirmDialog, answer_of


class StopEverythingDialog(ConfirmDialog):
    """What to stop, with everything ticked; the safe answer has the focus."""

    def __init__(self, parent: QWidget, login: int | None) -> None:
        self._login = login
        account = f"account {login}" if login is not None else "this account"
        super().__init__(
            parent,
            "stop_dialog",
            title="Stop everything?",
            text=f"This acts on {account} at once and can't be undone.",
            accept="Stop everything",
            reject="Keep trading",
            kind="stop",
        )
        self.close_positions = self._choice("Close all open positions at market", "stop_dialog.close_positions")
        self.cancel_orders = self._choice("Cancel all pending orders", "stop_dialog.cancel_orders")
        self.stop_eas = self._choice("Stop all running EAs", "stop_dialog.stop_eas")

    @property
    def payload(self) -> CloseAllPayload:
        """What is ticked, for the account that the question names and no other."""
        return CloseAllPayload(
            close_positions=self.close_positions.isChecked(),
            cancel_orders=self.cancel_orders.isChecked(),
            stop_eas=self.stop_eas.isChecked(),
            account_number=None if self._login is None else str(self._login),
        )

    def _choice(self, text: str, name: str) -> QCheckBox:
        box = check_box(text, name, checked=True)
        box.toggled.connect(self._allow)
        self.content.addWidget(box)
        return box

    def _allow(self) -> None:
        boxes = (self.close_positions, self.cancel_orders, self.stop_eas)
        self.accept_button.setEnabled(any(box.isChecked() for box in boxes))


async def stop_everything(context: AppContext, window: QWidget) -> None:
    """Asks, stops, and tells how it went.

    Raises:
        ForexEliteError: the job could not be run at all.
    """
    account = context.agent.terminal.account
    dialog = StopEverythingDialog(window, account.login if account else None)
    if not await answer_of(dialog):
        return
    stopping = "Stopping …"
    context.toasts.info(stopping)
    outcome = await context.agent.jobs.run(JobType.CLOSE_ALL, dialog.payload)
    context.toasts.dismiss(stopping)
    if outcome.status is not JobStatus.COMPLETED:
        context.toasts.error(outcome.error_detail or "Stopping failed. Close positions in MetaTrader.")
        return
    done = _sentence(outcome.result)
    failed = [str(sentence) for sentence in outcome.result.get("failed", [])]
    if failed:
        context.toasts.error(f"{done} Not stopped: {' '.join(failed)}")
    else:
        context.toasts.success(done)


def _sentence(result: dict[str, object]) -> str:
    def count(key: str, noun: str) -> str:
        number = int(str(result.get(key, 0)))
        return f"{number} {noun}{'' if number == 1 else 's'}"

    return (
        f"Stopped: {count('closed_positions', 'position')} closed, {count('cancelled_orders', 'order')} cancelled, "
        f"{count('stopped_eas', 'EA')} stopped."
    )

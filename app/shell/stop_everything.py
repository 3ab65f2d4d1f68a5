"""The stop button: asks what to stop, and runs it as a job like any other."""

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QCheckBox, QWidget

from agent_core.protocol.jobs import CloseAllPayload, JobStatus, JobType
from app.context import AppContext
from app.widgets.buttons import check_box
from app.widgets.dialogs import ConfirmDialog, answer_of

_REPEAT_MS = 3000


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
    progress = _Progress(context, dialog.payload)
    try:
        outcome = await context.agent.jobs.run(JobType.CLOSE_ALL, dialog.payload)
    finally:
        progress.end()
    if outcome.status is not JobStatus.COMPLETED:
        context.toasts.error(outcome.error_detail or "Stopping failed. Close positions in MetaTrader.")
        return
    done = _sentence(outcome.result)
    failed = [str(sentence) for sentence in outcome.result.get("failed", [])]
    if failed:
        context.toasts.error(f"{done} Not stopped: {' '.join(failed)}")
    else:
        context.toasts.success(done)


class _Progress(QObject):
    """Says what is still there, as long as it takes."""

    def __init__(self, context: AppContext, payload: CloseAllPayload) -> None:
        super().__init__(context.signals)
        self._context, self._payload = context, payload
        self._said = ""
        context.signals.positions.connect(self._say)
        context.signals.orders.connect(self._say)
        self._again = QTimer(self, interval=_REPEAT_MS)  # a message goes by itself
        self._again.timeout.connect(lambda: context.toasts.info(self._said))
        self._again.start()
        self._say()

    def end(self) -> None:
        """Takes the message away."""
        self._again.stop()
        self._context.toasts.dismiss(self._said)
        self.deleteLater()

    def _say(self, _event: object = None) -> None:
        feed, payload = self._context.agent.feed, self._payload
        left = [_count(len(feed.positions), "position")] if payload.close_positions else []
        left += [_count(len(feed.orders), "order")] if payload.cancel_orders else []
        text = f"Stopping: {' and '.join(left)} left." if left else "Stopping EAs"
        if text != self._said:
            self._context.toasts.dismiss(self._said)
            self._said = text
            self._context.toasts.info(text)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _sentence(result: dict[str, object]) -> str:
    def count(key: str, noun: str) -> str:
        return _count(int(str(result.get(key, 0))), noun)

    return (
        f"Stopped: {count('closed_positions', 'position')} closed, {count('cancelled_orders', 'order')} cancelled, "
        f"{count('stopped_eas', 'EA')} stopped."
    )

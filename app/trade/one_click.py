"""One-click mode: whether one press sends an order, or a question comes first."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QPushButton

from agent_core.terminal.models import Account
from agent_core.trading.events import ArmChanged
from app.context import AppContext
from app.language import tr
from app.widgets.dialogs import ConfirmDialog, answer_of


class OneClick(QObject):
    """Off until the trader arms it. A demo account keeps the choice; a live one must be armed at each start anew.

    On a live account it also ends when the account is disarmed or another one is signed in.
    """

    def __init__(self, context: AppContext, switch: QPushButton) -> None:
        super().__init__(switch)
        self._context, self._switch = context, switch
        self._live_account = ""
        switch.clicked.connect(lambda _checked: self.toggle())
        context.signals.arm.connect(self._on_arm)
        context.signals.account.connect(self._show)
        context.ui.changed.connect(self._show)
        self._show()

    @property
    def on(self) -> bool:
        """Whether an order goes out without a question."""
        account = self._account
        if account is None:
            return False
        return self._live_account == account.key if account.live else not self._context.ui.values.confirm_orders

    def toggle(self) -> None:
        """Turns it off at once; on, for real money, after a question whose default is no."""
        account, ui = self._account, self._context.ui
        if account is None:
            return
        if not account.live:
            ui.set("confirm_orders", self.on)
        elif self.on:
            self._live_account = ""
        else:
            self._context.tasks.start(self._ask(account))
        self._show()

    async def _ask(self, account: Account) -> None:
        dialog = ConfirmDialog(
            self._switch.window(), "ticket.one_click.confirm", title="One-click orders with real money?",
            text=f"One press of Buy or Sell sends an order to live account {account.login} without a question. "
            "This ends when you disarm the account or close the program.",
            accept="Turn on", reject="Keep asking", kind="live",
        )  # fmt: skip
        if await answer_of(dialog) and self._account is not None and self._account.key == account.key:
            self._live_account = account.key
            self._show()

    @property
    def _account(self) -> Account | None:
        return self._context.agent.terminal.account

    def _on_arm(self, event: ArmChanged) -> None:
        if not event.armed:
            self._live_account = ""
        self._show()

    def _show(self, _event: object = None) -> None:
        account = self._account
        if account is None or (self._live_account and account.key != self._live_account):
            self._live_account = ""
        self._switch.setText(tr("One-click on" if self.on else "One-click off"))
        self._switch.setEnabled(account is not None)

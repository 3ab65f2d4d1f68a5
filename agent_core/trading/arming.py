"""Arming: no order leaves for a real-money account, or one the trader has not agreed to, until the trader says so."""

from agent_core.events import EventBus
from agent_core.protocol.errors import ErrorCode
from agent_core.terminal.events import AccountChanged
from agent_core.terminal.models import Account
from agent_core.terminal.service import TerminalService
from agent_core.trading.events import ArmChanged
from agent_core.trading.models import Finding


class ArmSwitch:
    """Follows the terminal's account: a demo account is armed at once, a live one, or a change to one, is not.

    An account that is not the terminal's usual one is armed by agreeing to it, demo or live.
    """

    def __init__(self, terminal: TerminalService, bus: EventBus) -> None:
        self._terminal = terminal
        self._bus = bus
        self._account: tuple[int, str] | None = None
        self._live = False
        self._armed = False
        bus.subscribe(AccountChanged, self._account_changed)

    @property
    def armed(self) -> bool:
        """Whether new orders and changes may be sent."""
        return self._armed and not self._terminal.account_problem

    def arm(self) -> None:
        """Lets orders out, to the account that the terminal is logged in to."""
        if self._terminal.account_problem:
            self._terminal.agree_to_account()
            self._armed = False
        self._set(armed=True)

    def disarm(self) -> None:
        """Holds orders back."""
        self._set(armed=False)

    def follow(self, account: Account) -> None:
        """Takes note of the account that the terminal is logged in to."""
        key = (account.login, account.server)
        if key != self._account:
            self._account, self._live, self._armed = key, account.live, not account.live
            self._bus.publish(ArmChanged(self.armed, self._live))

    def finding(self) -> Finding | None:
        """Why no order and no change may be sent, if so."""
        if self._armed or self._terminal.account_problem:
            return self.account_finding()
        kind = "live account" if self._live else "account"
        text = f"Trading on this {kind} is not armed. Arm it in the top bar, then send again."
        return Finding(ErrorCode.NOT_ARMED, text)

    def account_finding(self) -> Finding | None:
        """Why not even a close may be sent, if so: it would change an account that the trader did not mean."""
        problem = self._terminal.account_problem
        return Finding(ErrorCode.NOT_ARMED, problem) if problem else None

    def _account_changed(self, event: AccountChanged) -> None:
        self.follow(event.account)

    def _set(self, *, armed: bool) -> None:
        if armed != self._armed and self._account is not None:
            self._armed = armed
            self._bus.publish(ArmChanged(armed, self._live))

"""What the risk guard remembers of each account: high water mark, starting point, lock."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.store import Store
from agent_core.trading.guard import LimitStore
from agent_core.trading.models import RiskLimits

_SCHEMA = "CREATE TABLE IF NOT EXISTS risk_state (account TEXT PRIMARY KEY, state TEXT NOT NULL);"


class RiskState(BaseModel):
    """State of one account.

    Attributes:
        peak: Highest equity since the trailing limit was set; None without one.
        baseline: Equity when the absolute limit was set; None without one.
        last_flow: Ticket of the newest deposit or withdrawal that peak and baseline have followed.
        forgiven: Part of the loss of `forgiven_day` that the trader has unlocked.
        rule: The limit that locked trading; None while it is not locked.
        message: Why, in one sentence.
        unlock_at: When the lock falls; None until the trader asks for it.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    peak: Decimal | None = None
    baseline: Decimal | None = None
    last_flow: int = 0
    forgiven: Decimal = Decimal(0)
    forgiven_day: datetime | None = None
    rule: str | None = None
    message: str = ""
    locked_at: datetime | None = None
    unlock_at: datetime | None = None

    @property
    def locked(self) -> bool:
        """Whether no new order may go out."""
        return self.rule is not None


class RiskStateStore:
    """States by account ("login@server"), durable."""

    def __init__(self, store: Store) -> None:
        self._store = store
        store.apply_schema(_SCHEMA)

    def get(self, account: str) -> RiskState:
        """Returns an account's state; nothing is known of a new one."""
        row = self._store.row("SELECT state FROM risk_state WHERE account = ?", (account,))
        return RiskState() if row is None else RiskState.model_validate_json(row["state"])

    def change(self, account: str, change: Callable[[RiskState], RiskState], *, durable: bool = True) -> RiskState:
        """Changes a state in one step, whoever else writes at the same time; returns the new one.

        Args:
            account: Whose state.
            change: Returns the new state.
            durable: Whether to wait for the disk; else it is told to in the background.
        """
        with self._store.transaction(durable=durable):
            before = self.get(account)
            after = change(before)
            if after != before:
                self._store.execute(
                    "INSERT OR REPLACE INTO risk_state (account, state) VALUES (?, ?)",
                    (account, after.model_dump_json()),
                )
        if after != before and not durable:
            self._store.secure_soon()
        return after

    def ask_unlock(self, account: str, delay: timedelta) -> RiskState:
        """Notes that the trader wants to trade again; a wish already noted keeps its time."""

        def wish(state: RiskState) -> RiskState:
            if not state.locked or state.unlock_at is not None:
                return state
            return state.model_copy(update={"unlock_at": datetime.now(UTC) + delay})

        return self.change(account, wish)

    def locked(self) -> dict[str, RiskState]:
        """Returns the accounts that are locked."""
        rows = self._store.rows("SELECT account, state FROM risk_state")
        states = {row["account"]: RiskState.model_validate_json(row["state"]) for row in rows}
        return {account: state for account, state in states.items() if state.locked}


def change_limits(limits: RiskLimits, kept: LimitStore, states: RiskStateStore) -> None:
    """Sets the limits; a running agent sees them at its next look.

    Raises:
        ForexEliteError: trading is locked, which no new limit may undo.
    """
    if limits == kept.load():
        return
    if states.locked():
        raise ForexEliteError(
            ErrorCode.RISK_LIMIT, "Trading is locked by your risk limits; unlock it first, then change them."
        )
    kept.save(limits)

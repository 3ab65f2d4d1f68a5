"""The risk guard at work: judges each new order, watches the account, locks, unlocks. Closing is always allowed."""

import asyncio
import logging
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from agent_core.events import EventBus
from agent_core.protocol.errors import ForexEliteError
from agent_core.store import Store
from agent_core.sync.events import AlertRaised
from agent_core.terminal.events import AccountChanged
from agent_core.terminal.models import Account, OrderKind
from agent_core.terminal.service import TerminalService
from agent_core.terminal.symbols import canonical_name
from agent_core.trading.day_ledger import DayLedger
from agent_core.trading.events import RiskLocked, RiskUnlocked
from agent_core.trading.guard import AccountFacts, Breach, LimitStore, OrderFacts, check_account, check_order
from agent_core.trading.models import BreachAction, RiskLimits
from agent_core.trading.numbers import decimal, money
from agent_core.trading.planner import Plan
from agent_core.trading.recorder import FactRecorder
from agent_core.trading.risk_state import RiskState, RiskStateStore, change_limits

log = logging.getLogger(__name__)

WATCH_SECONDS = 1.0
#: How often a locked account that still holds something is flattened again.
FLATTEN_SECONDS = 30.0


class RiskGuard:
    """Enforces the trader's limits wherever the agent runs. Its state outlives a restart."""

    def __init__(self, terminal: TerminalService, store: Store, bus: EventBus, recorder: FactRecorder) -> None:
        self._terminal = terminal
        self._bus = bus
        self._recorder = recorder
        self._store = LimitStore(store)
        self._states = RiskStateStore(store)
        self._looking = asyncio.Lock()
        self._watch: asyncio.Task[None] | None = None
        self._looked_at = 0.0
        self._flatten_due = False
        self._flattened_at = -FLATTEN_SECONDS
        self._ledger = DayLedger(terminal)
        bus.subscribe(AccountChanged, self._account_changed)

    @property
    def limits(self) -> RiskLimits:
        """The limits in force."""
        return self._store.load()

    @property
    def state(self) -> RiskState:
        """What is known of the present account."""
        account = self._terminal.account
        return RiskState() if account is None else self._states.get(account.key)

    def set_limits(self, limits: RiskLimits) -> None:
        """Sets and keeps the limits.

        Raises:
            ForexEliteError: trading is locked, which no new limit may undo.
        """
        change_limits(limits, self._store, self._states)

    def ask_unlock(self) -> RiskState:
        """The trader wants to trade again: the lock falls after the delay of the limits."""
        account = self._terminal.account
        if account is None:
            return RiskState()
        before = self._states.get(account.key)
        state = self._states.ask_unlock(account.key, timedelta(minutes=self.limits.unlock_minutes))
        if state.unlock_at is not None and before.unlock_at is None:
            self._recorder.decision("unlock asked", state.rule, f"Trading is unlocked at {state.unlock_at:%H:%M} UTC.")
        return state

    async def judge(self, plan: Plan) -> Breach | None:
        """Returns why an order may not go out, if so.

        Raises:
            ForexEliteError: the terminal can't be reached.
        """
        limits = self.limits
        if limits == RiskLimits():
            return None
        if (breach := await self.look(plan.account)) is not None:
            return breach
        points = (decimal(plan.tick.ask) - decimal(plan.tick.bid)) / decimal(plan.spec.point)
        exposures, open_lots = exposure_before(plan)
        facts = OrderFacts(
            instrument=canonical_name(plan.spec.name),
            lots=plan.sizing.lots,
            exposures=exposures,
            open_lots=open_lots,
            now=self._terminal.clock.time_of_day(),
            spread_points=int(points) if plan.ticket.kind is OrderKind.MARKET else None,
        )
        return check_order(limits, facts)

    async def look(self, account: Account) -> Breach | None:
        """Checks the account, locks it where it breaks a limit; returns the breach that locks it, if any.

        Raises:
            ForexEliteError: the terminal can't be reached.
        """
        async with self._looking:
            limits, key = self.limits, account.key
            state = self._states.get(key)
            if not (limits.watches_account or state.locked):
                return None
            day = self._terminal.clock.day_start()
            await self._ledger.read(account, day)
            loss = self._loss_today(account)
            if state.locked and state.unlock_at is not None and state.unlock_at <= datetime.now(UTC):
                state = self._unlock(key, account, loss, day)
            # The mark moves with every high of the equity, and an order may be waiting for this look.
            if self._moved(state, account, limits) != state:
                state = self._states.change(key, lambda before: self._moved(before, account, limits), durable=False)
            if not state.locked:
                state = self._judge_account(state, account, limits, loss, day)
            if not state.locked:
                return None
            await self._flatten(state, limits)
            return Breach(state.rule or "", state.message)

    async def close(self) -> None:
        """Ends the watch."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)

    def _judge_account(
        self, state: RiskState, account: Account, limits: RiskLimits, loss: Decimal, day: datetime
    ) -> RiskState:
        equity = money(account.equity, account.currency_digits)
        forgiven = state.forgiven if state.forgiven_day == day else Decimal(0)
        facts = AccountFacts(equity, loss - forgiven, state.peak or equity, state.baseline or equity, account.currency)
        breach = check_account(limits, facts)
        if breach is None:
            return state
        lock = {"rule": breach.rule, "message": breach.message, "locked_at": datetime.now(UTC), "unlock_at": None}
        state = self._states.change(account.key, lambda before: before.model_copy(update=lock))
        self._recorder.decision("locked", breach.rule, breach.message)
        self._bus.publish(AlertRaised("error", breach.message))
        self._flatten_due = True
        if limits.on_breach is BreachAction.REFUSE:
            self._bus.publish(RiskLocked(breach.rule, breach.message, flatten=False))
        return state

    async def _flatten(self, state: RiskState, limits: RiskLimits) -> None:
        """Has everything closed, again and again while something is open, as long as the lock holds."""
        if limits.on_breach is not BreachAction.FLATTEN:
            return
        if not self._flatten_due:
            if time.monotonic() - self._flattened_at < FLATTEN_SECONDS:
                return
            if not (await self._terminal.positions() or await self._terminal.orders()):
                return
        self._flatten_due = False
        self._flattened_at = time.monotonic()
        self._recorder.decision("flattened", state.rule, "Positions are closed, orders cancelled, EAs stopped.")
        self._bus.publish(RiskLocked(state.rule or "", state.message, flatten=True))

    def _unlock(self, key: str, account: Account, loss: Decimal, day: datetime) -> RiskState:
        fresh = RiskState(last_flow=self._states.get(key).last_flow, forgiven=loss, forgiven_day=day)
        state = self._states.change(key, lambda _: fresh)
        self._recorder.decision("unlocked", None, "Trading is possible again; the limits count from now on.")
        self._bus.publish(RiskUnlocked())
        log.info("Trading on account %s is unlocked", account.login)
        return state

    def _moved(self, state: RiskState, account: Account, limits: RiskLimits) -> RiskState:
        """The high water mark follows the equity; it and the starting point follow deposits and withdrawals."""
        digits = account.currency_digits
        flows = [deal for deal in self._ledger.flows if deal.ticket > state.last_flow]
        known = state.peak is not None or state.baseline is not None
        moved = money(sum(deal.profit for deal in flows) if known else 0.0, digits)
        equity = money(account.equity, digits)
        peak = None if limits.trailing_drawdown is None else max(equity, (state.peak or equity - moved) + moved)
        baseline = None if limits.absolute_drawdown is None else (state.baseline or equity - moved) + moved
        newest = max((deal.ticket for deal in flows), default=state.last_flow)
        return state.model_copy(update={"peak": peak, "baseline": baseline, "last_flow": newest})

    def _loss_today(self, account: Account) -> Decimal:
        floating = money(account.equity - account.balance - account.credit, account.currency_digits)
        return -(self._ledger.realised + floating)

    def _account_changed(self, event: AccountChanged) -> None:
        if self._watch is None or self._watch.done():
            self._watch = asyncio.get_running_loop().create_task(self._look_soon(event.account), name="risk-guard")

    async def _look_soon(self, account: Account) -> None:
        """Looks once; while trading is locked again and again, as a locked account may well stand still."""
        while True:
            await asyncio.sleep(max(0.0, self._looked_at + WATCH_SECONDS - time.monotonic()))
            self._looked_at = time.monotonic()
            try:
                await self.look(self._terminal.account or account)
            except ForexEliteError as error:
                log.debug("The account can't be checked now: %s", error.detail)
            except Exception:
                log.exception("The risk guard failed")
            if not self.state.locked:
                return


def exposure_before(plan: Plan) -> tuple[int, Decimal]:
    """Returns how many positions and orders, and how many lots, the new order will come on top of.

    On a netting account a market order changes the symbol's one position: it takes that one's place, and on the
    other side makes it smaller.
    """
    ticket, lots, positions, orders = plan.ticket, plan.sizing.lots, plan.positions, plan.orders
    working = sum((decimal(order.volume) for order in orders), Decimal(0))
    netted = None
    if not plan.account.hedging and ticket.kind is OrderKind.MARKET:
        netted = next((held for held in positions if held.symbol == plan.spec.name), None)
    others = sum((decimal(held.volume) for held in positions if held is not netted), working)
    if netted is None:
        return len(positions) + len(orders), others
    after = abs(netted.side.sign * decimal(netted.volume) + ticket.side.sign * lots)
    return len(positions) + len(orders) - 1, others + after - lots

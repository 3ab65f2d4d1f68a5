"""Runs every order through the journal once, and finds out about those whose end is unknown."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from agent_core.events import EventBus
from agent_core.protocol.errors import ForexEliteError
from agent_core.sync.events import AlertRaised
from agent_core.terminal.conversions import side_and_kind
from agent_core.terminal.events import TerminalLinkChanged
from agent_core.terminal.models import Account
from agent_core.terminal.service import TerminalService
from agent_core.terminal.symbols import canonical_name
from agent_core.trading.arming import ArmSwitch
from agent_core.trading.events import OrderSettled
from agent_core.trading.journal import Action, Entry, OrderJournal
from agent_core.trading.models import OrderOutcome
from agent_core.trading.outcomes import refused, unknown
from agent_core.trading.recorder import FactRecorder
from agent_core.trading.sender import OrderSender

log = logging.getLogger(__name__)

_WATCH_SECONDS = 1.0
#: An order given up as lost is looked for again at each reconciliation of this long.
_LOST_FOR = timedelta(days=1)
_WAIT = "Its answer is still missing."

Work = Callable[[Entry], Awaitable[OrderOutcome]]


class OrderRunner:
    """Keeps the rule: one client id, one order, one outcome."""

    def __init__(
        self,
        terminal: TerminalService,
        journal: OrderJournal,
        sender: OrderSender,
        recorder: FactRecorder,
        switch: ArmSwitch,
        bus: EventBus,
    ) -> None:
        self._terminal = terminal
        self._journal = journal
        self._sender = sender
        self._recorder = recorder
        self._switch = switch
        self._bus = bus
        self._running: dict[UUID, asyncio.Task[OrderOutcome]] = {}
        self._watch: asyncio.Task[None] | None = None
        self._looking = asyncio.Lock()
        self._was_connected = False
        journal.on_settled = self._tell
        bus.subscribe(TerminalLinkChanged, self._link_changed)

    async def run(
        self, client_id: UUID, action: Action, symbol: str, work: Work, *, target: int | None = None,
        owner: str = "manual",
    ) -> OrderOutcome:  # fmt: skip
        """Journals an intent, does the work, reports the outcome. A client id seen before gets its first outcome.

        The work goes on when the caller is cancelled: an order can't be half sent.
        """
        task = self._running.get(client_id)
        if task is None:
            task = asyncio.create_task(
                self._run(client_id, action, symbol, work, target, owner), name=f"sending-{client_id}"
            )
            self._running[client_id] = task
            task.add_done_callback(lambda _: self._running.pop(client_id, None))
        return await asyncio.shield(task)

    async def reconcile(self) -> list[OrderOutcome]:
        """Looks at the broker for every order whose end is unknown; returns those that are known now."""
        async with self._looking:
            return await self._reconcile()

    async def _reconcile(self) -> list[OrderOutcome]:
        key = (await self._account()).key
        entries = [entry for entry in self._journal.open_entries(key) if entry.client_id not in self._running]
        lost = self._journal.lost_entries(key, datetime.now(UTC) - _LOST_FOR)
        settled: list[OrderOutcome] = []
        if entries or lost:
            view = await self._sender.view(key)
            for entry in (*entries, *lost):
                if (found := self._sender.judge(entry, view)) is not None:
                    log.warning("The end of an order was found out: %s", found.message)
                    self._bus.publish(AlertRaised("warning", f"An order that was in doubt: {found.message}"))
                    self._publish(found)
                    settled.append(found)
        if self._journal.open_entries(key):
            self._keep_looking()
        return settled

    async def close(self) -> None:
        """Waits for what is under way and stops looking."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _run(
        self, client_id: UUID, action: Action, symbol: str, work: Work, target: int | None, owner: str
    ) -> OrderOutcome:
        before = self._journal.get(client_id)
        if before is not None:
            return await self._again(before)
        key = (await self._account()).key
        entry = self._journal.begin(client_id, key, action, symbol, target=target, owner=owner)
        if entry is None:
            # Another program on the same store was quicker.
            return await self._again(self._journal.entry(client_id))
        try:
            outcome = await work(entry)
        except ForexEliteError as error:
            outcome = refused(client_id, error.code, error.detail)
            self._journal.settle(outcome)
        self._publish(outcome)
        if self._still_open(client_id):
            self._keep_looking()
        return outcome

    async def _again(self, entry: Entry) -> OrderOutcome:
        if entry.outcome is not None:
            return entry.outcome
        try:
            found = await self._sender.look(entry)
        except ForexEliteError as error:
            return unknown(entry.client_id, error.detail)
        if found is None:
            self._keep_looking()
            return unknown(entry.client_id, _WAIT)
        self._publish(found)
        return found

    async def _account(self) -> Account:
        account = await self._terminal.refresh_account()
        self._switch.follow(account)
        return account

    def _publish(self, outcome: OrderOutcome) -> None:
        self._bus.publish(OrderSettled(outcome))

    def _still_open(self, client_id: UUID) -> bool:
        """Whether the end is not known, or the disk did not take it: the broker is asked again until it does."""
        try:
            return self._journal.is_open(client_id)
        except ForexEliteError as error:
            log.error("The outcome of an order can't be read: %s", error.detail)
            return True

    def _tell(self, entry: Entry) -> None:
        """Writes the fact of an order that is being settled; closings and changes tell by what they did."""
        outcome = entry.outcome
        if entry.action is not Action.OPEN or outcome is None:
            return
        request = entry.request or {}
        side = side_and_kind(request["type"])[0] if request else None
        units = self._recorder.units(request["symbol"], outcome.lots) if request and outcome.lots else None
        self._recorder.outcome(outcome, instrument=canonical_name(entry.symbol), side=side, units=units)

    def _link_changed(self, event: TerminalLinkChanged) -> None:
        connected = event.state == "connected"
        if connected and not self._was_connected:
            self._keep_looking()
        self._was_connected = connected

    def _keep_looking(self) -> None:
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._look_until_known(), name="order-reconciliation")

    async def _look_until_known(self) -> None:
        while True:
            try:
                await self.reconcile()
            except ForexEliteError as error:
                log.info("Orders can't be reconciled yet: %s", error.detail)
            except Exception:
                log.exception("Reconciliation failed")
            account = self._terminal.account
            if account is not None and not self._journal.open_entries(account.key):
                return
            await asyncio.sleep(_WATCH_SECONDS)

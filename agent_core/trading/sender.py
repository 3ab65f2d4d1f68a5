"""Sends journaled orders, exactly once each, and finds out how they ended."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.terminal.constants import OrderType, TradeAction
from agent_core.terminal.errors import OutcomeUnknown
from agent_core.terminal.models import SendResult, SymbolSpec
from agent_core.terminal.service import TerminalService
from agent_core.trading.answers import outcome_by_answer
from agent_core.trading.journal import Entry, OrderJournal, State
from agent_core.trading.models import OrderOutcome, OutcomeStatus
from agent_core.trading.numbers import decimal, plain, price_text
from agent_core.trading.order_request import Request
from agent_core.trading.outcomes import outcome, refused, unknown
from agent_core.trading.reconcile import SETTLE_AFTER, BrokerView, outcome_of_deals, reconcile
from agent_core.trading.retcodes import NO_CHANGES, PLACED, PRICE_OFF, Meaning, Verdict, meaning

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 5
_PAUSE_SECONDS = 0.2
#: How long the deals of a carried-out order are waited for; they arrive just after the answer.
_DEALS_SECONDS = 2.0
_DEALS_PAUSE_SECONDS = 0.02
#: How long an order whose answer was lost is looked for before its caller is told "unknown".
_LOOK_SECONDS = 3.0
_LOOK_PAUSE_SECONDS = 0.2
_HISTORY = timedelta(days=60)
_RECENT = timedelta(days=1)
_SETTLED = "This order was given up before it could be sent. Nothing was sent; send a new one if you still want it."
_NO_BROKER = (
    "MetaTrader has no connection to the broker, so what it shows may be old. Check its internet connection and login."
)
_OTHER_ACCOUNT = "MetaTrader shows another account now. Connect the order's own account to learn how it ended."


class OrderSender:
    """Sends requests through the journal. Whatever happens, a request that may have arrived is never repeated."""

    def __init__(
        self, terminal: TerminalService, journal: OrderJournal, settle_after: timedelta = SETTLE_AFTER
    ) -> None:
        self._terminal = terminal
        self._journal = journal
        self._settle_after = settle_after

    async def send(
        self, entry: Entry, request: Request, spec: SymbolSpec, note: Callable[[], None] | None = None
    ) -> OrderOutcome:
        """Sends a request whose intent is in the journal, and returns how it ended (journaled too).

        A re-quote is answered with the new price while that lies within the request's deviation.

        Raises:
            ForexEliteError: it was not sent, as it was given up meanwhile.
        """
        client_id, first_price = entry.client_id, decimal(request.get("price", 0.0))
        attempt = 0
        while True:
            attempt += 1
            if not await self._journal.mark_sent(client_id, request, note if attempt == 1 else None):
                raise ForexEliteError(ErrorCode.CONFLICT, _SETTLED)
            try:
                result = await self._terminal.order_send(request, account=entry.account)
            except OutcomeUnknown as error:
                return await self._find_out(client_id, error.detail)
            except ForexEliteError as error:
                return self._settle(refused(client_id, error.code, error.detail))
            answer = meaning(result.retcode, result.comment)
            if answer.verdict is Verdict.UNKNOWN:
                return await self._find_out(client_id, answer.sentence, result.retcode)
            if answer.verdict is Verdict.DONE:
                return await self._done(entry, request, result)
            if answer.verdict is Verdict.REFUSED or attempt == MAX_ATTEMPTS:
                return self._refusal(client_id, request, result.retcode, answer)
            try:
                request = await self._requoted(request, spec, first_price, result.retcode)
            except ForexEliteError as error:
                return self._settle(refused(client_id, error.code, error.detail, retcode=result.retcode))

    async def look(self, entry: Entry) -> OrderOutcome | None:
        """Looks for an entry at the broker; writes and returns how it ended, None while that can't be known."""
        return self.judge(entry, await self.view(entry.account))

    def judge(self, entry: Entry, view: BrokerView) -> OrderOutcome | None:
        """Writes and returns how an entry ended by what the broker shows; None where there is nothing new to say."""
        found = reconcile(entry, view, self._settle_after)
        if found is None or (found.state is State.LOST and entry.state is State.LOST):
            return None
        self._journal.settle(found.outcome, found.state)
        return found.outcome

    async def view(self, account: str) -> BrokerView:
        """Reads what the broker shows. Deals come last: what leaves the orders meanwhile is found among them.

        Args:
            account: Key of the account that is meant.

        Raises:
            ForexEliteError: the terminal can't be reached, can't reach its broker, or shows another account.
        """
        if not self._terminal.connected:
            await self._terminal.restore()
        # Cut off from its broker, the terminal can't know what became of an order: nothing may be judged by it.
        if not (await self._terminal.terminal_info()).connected:
            raise ForexEliteError(ErrorCode.BROKER_UNAVAILABLE, _NO_BROKER)
        self._must_show(account)
        as_of = datetime.now(UTC)
        positions = await self._terminal.positions()
        orders = await self._terminal.orders()
        history = await self._terminal.history_orders(as_of - _HISTORY)
        deals = await self._terminal.deals(as_of - _HISTORY)
        await self._terminal.refresh_account()
        self._must_show(account)
        return BrokerView(positions, orders, history, deals, as_of, self._digits)

    def _must_show(self, account: str) -> None:
        """What one account holds says nothing about the orders of another."""
        present = self._terminal.account
        if present is None or present.key != account:
            raise ForexEliteError(ErrorCode.BROKER_UNAVAILABLE, _OTHER_ACCOUNT)

    async def _requoted(self, request: Request, spec: SymbolSpec, first_price: Decimal, retcode: int) -> Request:
        if retcode == PRICE_OFF or request["action"] != TradeAction.DEAL:
            await asyncio.sleep(_PAUSE_SECONDS)
        if request["action"] != TradeAction.DEAL:
            return request
        tick = await self._terminal.tick(spec.name)
        buys = request["type"] == OrderType.BUY
        price = decimal(tick.ask if buys else tick.bid)
        against = (price - first_price if buys else first_price - price) / decimal(spec.point)
        if against > request["deviation"]:
            before, now = (price_text(each, spec.digits) for each in (first_price, price))
            raise ForexEliteError(
                ErrorCode.INVALID_PRICE,
                f"The price moved {plain(against)} points, from {before} to {now}, more than the "
                f"{request['deviation']} you allow. Send the order again.",
            )
        return {**request, "price": float(price)}

    async def _done(self, entry: Entry, request: Request, result: SendResult) -> OrderOutcome:
        found = None
        if request["action"] in (TradeAction.DEAL, TradeAction.CLOSE_BY):
            found = await self._outcome_by_deals(entry, request, result)
            if found is None and result.retcode == PLACED:
                text = "The broker has the order but did not confirm it."
                return await self._find_out(entry.client_id, text, PLACED)
        digits = self._digits(request.get("symbol", ""))
        return self._settle(found or outcome_by_answer(entry, request, result, digits))

    async def _outcome_by_deals(self, entry: Entry, request: Request, result: SendResult) -> OrderOutcome | None:
        wanted = request.get("volume", result.volume)  # a close-by takes what both positions have
        expected = result.volume or wanted
        deadline = asyncio.get_running_loop().time() + _DEALS_SECONDS
        while True:
            late = asyncio.get_running_loop().time() > deadline
            try:
                # A day's deals may be thousands; they are read only if the order's own can't be had.
                deals = await (
                    self._terminal.deals(datetime.now(UTC) - _RECENT) if late else self._terminal.deals_of(result.order)
                )
            except ForexEliteError as error:
                log.warning("The deals of an order can't be read: %s", error.detail)
                return None
            own = [deal for deal in deals if deal.order == result.order and entry.holds(deal)]
            if late or sum(decimal(deal.volume) for deal in own) >= decimal(expected):
                found = outcome_of_deals(entry, own, decimal(wanted), self._digits)
                return None if found is None else replace(found, retcode=result.retcode)
            await asyncio.sleep(_DEALS_PAUSE_SECONDS)

    async def _find_out(self, client_id: UUID, reason: str, retcode: int | None = None) -> OrderOutcome:
        try:
            self._journal.mark_unknown(client_id)
        except ForexEliteError as error:
            # It may be at the broker: whatever the disk does, the order must not pass for refused.
            log.error("An order without an answer could not be noted: %s", error.detail)
        deadline = asyncio.get_running_loop().time() + _LOOK_SECONDS
        while True:
            try:
                found = await self.look(self._journal.entry(client_id))
            except ForexEliteError as error:
                log.info("An order can't be looked for yet: %s", error.detail)
                found = None
            if found is not None:
                return found
            if asyncio.get_running_loop().time() > deadline:
                return unknown(client_id, reason, retcode=retcode)
            await asyncio.sleep(_LOOK_PAUSE_SECONDS)

    def _refusal(self, client_id: UUID, request: Request, retcode: int, answer: Meaning) -> OrderOutcome:
        if retcode == NO_CHANGES and request["action"] in (TradeAction.SLTP, TradeAction.MODIFY):
            return self._settle(outcome(client_id, OutcomeStatus.DONE, answer.sentence, retcode=retcode))
        code = answer.code or ErrorCode.ORDER_REFUSED
        return self._settle(refused(client_id, code, answer.sentence, retcode=retcode))

    def _digits(self, symbol: str) -> int | None:
        spec = self._terminal.known_symbol(symbol)
        return None if spec is None else spec.digits

    def _settle(self, result: OrderOutcome) -> OrderOutcome:
        try:
            self._journal.settle(result)
        except ForexEliteError as error:
            # What the broker did is true all the same; reconciliation writes it down when the disk can take it.
            log.error("The outcome of an order could not be written down: %s", error.detail)
        return result

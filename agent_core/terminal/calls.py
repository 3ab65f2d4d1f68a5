"""The calls to a connected terminal, typed: plain arguments in, models out, times in UTC, failures as sentences."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.market import Timeframe
from agent_core.terminal import conversions
from agent_core.terminal.client import POLL_SECONDS, TRADE_SECONDS, HostClient, Priority, host_call
from agent_core.terminal.constants import TIMEFRAMES
from agent_core.terminal.errors import (
    NEVER_SENT,
    OutcomeUnknown,
    account_changed,
    host_error,
    lost_link,
    terminal_error,
)
from agent_core.terminal.host_process import HostAnswer
from agent_core.terminal.models import (
    Account,
    Bars,
    CheckResult,
    Deal,
    HistoryOrder,
    PendingOrder,
    Position,
    SendResult,
    Side,
    Snapshot,
    SymbolSpec,
    TerminalInfo,
    Tick,
)
from agent_core.terminal.server_time import ServerClock
from agent_core.terminal.week_offsets import WeekOffsets

#: History is asked for up to here, so that no clock difference hides the newest entries.
_AHEAD = timedelta(days=1)
#: Hourly bars from which the server's past clock is read: a bit more than a year, so every change of it once.
_HOURS = 6_500


class TerminalCalls:
    """Typed calls over a terminal host.

    Raises:
        ForexEliteError: (from every call) what the terminal refused or that it can't be reached.
        OutcomeUnknown: (from `order_send` alone) the order may or may not have been carried out.
    """

    def __init__(self) -> None:
        self.clock = ServerClock()
        self._client: HostClient | None = None

    async def terminal_info(self) -> TerminalInfo:
        """State of the terminal program."""
        return conversions.terminal_info(await self._record("terminal_info"))

    async def account_info(self) -> Account:
        """The account that the terminal is logged in to."""
        return conversions.account(await self._record("account_info", priority=Priority.POLL, key="account"))

    async def positions(self) -> list[Position]:
        """All open positions."""
        records = await self._records("positions_get", priority=Priority.POLL, key="positions")
        return [conversions.position(record, self.clock) for record in records]

    async def orders(self) -> list[PendingOrder]:
        """All pending orders."""
        records = await self._records("orders_get", priority=Priority.POLL, key="orders")
        return [conversions.pending_order(record, self.clock) for record in records]

    async def deals(self, since: datetime, until: datetime | None = None) -> list[Deal]:
        """Executions between two times, oldest first."""
        records = await self._records("history_deals_get", *self._range(since, until))
        return [conversions.deal(record, self.clock) for record in records]

    async def deals_of(self, order: int) -> list[Deal]:
        """Executions of one order, oldest first."""
        records = await self._records("history_deals_get", ticket=order)
        return [conversions.deal(record, self.clock) for record in records]

    async def history_orders(self, since: datetime, until: datetime | None = None) -> list[HistoryOrder]:
        """Orders that are done, between two times, oldest first."""
        records = await self._records("history_orders_get", *self._range(since, until))
        return [conversions.history_order(record, self.clock) for record in records]

    async def symbols(self) -> list[SymbolSpec]:
        """Every symbol of the broker."""
        records = await self._records("symbols_get", fields=conversions.SYMBOL_FIELDS)
        return [conversions.symbol(record) for record in records]

    async def symbol_info(self, broker_symbol: str) -> SymbolSpec:
        """The contract of one symbol, by the broker's own name."""
        record = await self._record("symbol_info", broker_symbol, fields=conversions.SYMBOL_FIELDS)
        return conversions.symbol(record)

    async def read_snapshot(self, broker_symbol: str) -> Snapshot:
        """Account, contract, quote, positions and orders in one exchange, by the broker's own name of the symbol."""
        answers = await self._host().read(
            [
                host_call("account_info"),
                host_call("symbol_info", broker_symbol, fields=conversions.SYMBOL_FIELDS),
                host_call("ticks", broker_symbol, fields=conversions.TICK_FIELDS),
                host_call("positions_get"),
                host_call("orders_get"),
            ]
        )
        account, spec, (tick,), positions, orders = (self._checked(answer).value for answer in answers)
        return Snapshot(
            conversions.account(account),
            conversions.symbol(spec),
            Tick(broker_symbol, 0.0, 0.0, 0) if tick is None else conversions.tick(broker_symbol, tick, self.clock),
            [conversions.position(record, self.clock) for record in positions],
            [conversions.pending_order(record, self.clock) for record in orders],
        )

    async def ticks(self, broker_symbols: Sequence[str]) -> list[Tick]:
        """The last quotes of several symbols at once; symbols without one are left out."""
        records = await self._records(
            "ticks", *broker_symbols, fields=conversions.TICK_FIELDS,
            priority=Priority.POLL, key="ticks " + " ".join(broker_symbols),
        )  # fmt: skip
        pairs = zip(broker_symbols, records, strict=True)
        return [conversions.tick(name, record, self.clock) for name, record in pairs if record is not None]

    async def bars_of(
        self, broker_symbol: str, timeframe: Timeframe, count: int, before: datetime | None = None
    ) -> Bars:
        """The last `count` bars, or the last ones that began before a time."""
        if before is None:
            answer = await self._answer("copy_rates_from_pos", broker_symbol, TIMEFRAMES[timeframe], 0, count)
        else:
            start = self.clock.server(before) - 1
            answer = await self._answer("copy_rates_from", broker_symbol, TIMEFRAMES[timeframe], start, count)
        return conversions.bars(answer.body, answer.value["dtype"], self.clock)

    async def week_offsets(self, broker_symbol: str, present: int | None) -> WeekOffsets:
        """How far the server's clock was ahead of UTC in past weeks, by an instrument's hourly bars.

        Args:
            broker_symbol: An instrument that trades all week.
            present: The offset as live quotes tell it; None if they don't.
        """
        answer = await self._answer("copy_rates_from_pos", broker_symbol, TIMEFRAMES["H1"], 0, _HOURS)
        rates = np.frombuffer(answer.body, [(str(name), str(kind)) for name, kind in answer.value["dtype"]])
        return WeekOffsets.measured(rates["time"].astype(np.int64), present)

    async def margin(self, side: Side, symbol: str, volume: float, price: float) -> float:
        """Margin of a trade in the account's currency; `volume` in lots."""
        return await self._number("order_calc_margin", _action(side), symbol, float(volume), float(price))

    async def profit(self, side: Side, symbol: str, volume: float, price_open: float, price_close: float) -> float:
        """Profit of a trade in the account's currency; `volume` in lots."""
        prices = (float(price_open), float(price_close))
        return await self._number("order_calc_profit", _action(side), symbol, float(volume), *prices)

    async def order_check(self, request: dict[str, Any]) -> CheckResult:
        """What the account would look like after an order; nothing is sent."""
        return conversions.check_result(await self._record("order_check", request))

    async def order_send(self, request: dict[str, Any]) -> SendResult:
        """Sends an order, once.

        Raises:
            OutcomeUnknown: it may or may not have been carried out; find out before anything is sent again.
            ForexEliteError: it certainly was not sent.
        """
        answer = await self._host().call(
            "order_send", request, priority=Priority.TRADE, limit=TRADE_SECONDS, account=self._account_key()
        )
        if answer.withheld:
            self._note(answer.code)
            raise terminal_error(answer.code, answer.text) if answer.value is None else account_changed()
        if answer.raised is not None:
            raise OutcomeUnknown("MetaTrader 5's module failed while sending.")
        if answer.value is None:
            self._note(answer.code)
            if answer.code in NEVER_SENT:
                raise terminal_error(answer.code, answer.text)
            raise OutcomeUnknown("MetaTrader 5 gave no answer to the order.")
        return conversions.send_result(answer.value)

    async def _select(self, broker_symbol: str) -> bool:
        answer = await self._host().call("symbol_select", broker_symbol, True)
        return answer.value is True

    def _account_key(self) -> tuple[int, str] | None:
        """Number and server of the account that orders are meant for; None sends them to whichever is there."""
        return None

    def _link_lost(self, error: ForexEliteError) -> None:
        """Told when the terminal no longer answers."""

    def _host(self) -> HostClient:
        if self._client is None:
            raise ForexEliteError(
                ErrorCode.BROKER_UNAVAILABLE, "No MetaTrader 5 terminal is connected. Choose one in Settings."
            )
        return self._client

    async def _answer(self, name: str, *args: Any, **options: Any) -> HostAnswer:
        if options.get("priority") is Priority.POLL:
            options["limit"] = POLL_SECONDS
        return self._checked(await self._host().call(name, *args, **options))

    def _checked(self, answer: HostAnswer) -> HostAnswer:
        if answer.raised is not None:
            raise host_error(answer.raised)
        if answer.value is None or answer.value is False:
            self._note(answer.code)
            raise terminal_error(answer.code, answer.text)
        return answer

    async def _record(self, name: str, *args: Any, **options: Any) -> dict[str, Any]:
        answer = await self._answer(name, *args, **options)
        record: dict[str, Any] = answer.value
        return record

    async def _records(self, name: str, *args: Any, **options: Any) -> Iterable[Any]:
        answer = await self._answer(name, *args, **options)
        records: list[Any] = answer.value
        return records

    async def _number(self, name: str, *args: Any) -> float:
        return float((await self._answer(name, *args)).value)

    def _note(self, code: int) -> None:
        if lost_link(code):
            self._link_lost(terminal_error(code, ""))

    def _range(self, since: datetime, until: datetime | None) -> tuple[int, int]:
        return self.clock.server(since), self.clock.server(until or datetime.now(UTC) + _AHEAD)


def _action(side: Side) -> int:
    return 0 if side is Side.BUY else 1

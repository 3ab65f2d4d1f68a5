"""Asynchronous client of the terminal host: a bounded queue by priority, time limits, restart after an overrun."""

import asyncio
import heapq
import itertools
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.terminal.errors import NOT_RUNNING, OutcomeUnknown, other_terminal, terminal_error
from agent_core.terminal.host_process import HostAnswer, HostGone, HostProcess

log = logging.getLogger(__name__)

#: One call of the module, as the host takes it (`agent_core.terminal.host`).
Call = Mapping[str, Any]

MAX_QUEUED = 64
#: The wheel may start the terminal and wait 100 s for it before its own `timeout` begins to count.
INITIALIZE_SECONDS = 100.0
TRADE_SECONDS = 30.0
DATA_SECONDS = 20.0
POLL_SECONDS = 10.0
#: A trade call that could not be handed over this soon is given back unsent rather than sent late.
TRADE_QUEUE_SECONDS = 10.0
#: A read that has lasted this long is given up when a trade call waits behind it.
GIVE_WAY_SECONDS = 2.0
#: Closing waits so long for the answer to an order that is at the terminal.
CLOSE_SECONDS = 10.0


class Priority(IntEnum):
    """Order of service; lower goes first."""

    TRADE = 0
    READ = 1
    POLL = 2


@dataclass(order=True, slots=True)
class _Item:
    priority: Priority
    number: int
    calls: Sequence[Call] = field(compare=False)
    limit: float = field(compare=False)
    queued_at: float = field(compare=False)
    key: str | None = field(compare=False)
    future: asyncio.Future[list[HostAnswer]] = field(compare=False)

    @property
    def name(self) -> str:
        """Names of its calls, for the log."""
        return ", ".join(call["call"] for call in self.calls)


@dataclass(frozen=True, slots=True)
class _Session:
    """A connection to a terminal, as it was asked for; `ours` tells by its data folder whether it is the one meant."""

    call: Call
    limit: float
    ours: Callable[[str], bool]


class HostClient:
    """Calls MetaTrader's module in the terminal host, one request at a time.

    Trade calls go before reads, reads before polls; a read that hangs gives way to a trade call. A poll whose like
    still waits shares that one's answer. After an overrun or a crash the host is started again and the last
    `initialize` is repeated before the next call, unless the terminal has been closed meanwhile: it is never started
    behind the trader's back.

    Args:
        command: Starts the host.
        terminal_runs: Whether the terminal runs now; asked in a thread.

    Raises:
        OutcomeUnknown: (from `call`) a trade call was under way when the host overran its time or died.
        ForexEliteError: (from `call`) nothing was done: the queue is full, the host can't be started, a read overran.
    """

    def __init__(self, command: Sequence[str], terminal_runs: Callable[[], bool] = lambda: True) -> None:
        self._host = HostProcess(command)
        self._terminal_runs = terminal_runs
        self._queue: list[_Item] = []
        self._numbers = itertools.count()
        self._wake = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None
        self._session: _Session | None = None
        self._reading_since: float | None = None
        self._trading: asyncio.Future[list[HostAnswer]] | None = None
        self._closed = False
        self.restarts = 0
        self.round_trip_ms: float | None = None

    @property
    def pid(self) -> int | None:
        """Process id of the host, while it runs."""
        return self._host.pid

    async def call(
        self,
        name: str,
        *args: Any,
        priority: Priority = Priority.READ,
        limit: float = DATA_SECONDS,
        key: str | None = None,
        fields: Sequence[str] | None = None,
        account: tuple[int, str] | None = None,
        **kwargs: Any,
    ) -> HostAnswer:
        """Calls one function of the module, at most `limit` seconds long.

        Args:
            name: Function of MetaTrader's module, or "ticks" for several symbols at once.
            args: Positional arguments; dates as epoch seconds.
            priority: Place in the queue.
            limit: Seconds after which the host is killed.
            key: Polls with the same key that wait together are made once.
            fields: Names of the record's fields to bring over; all if None.
            account: The call is made only while the terminal is logged in to this account (number, server).
            kwargs: Keyword arguments.
        """
        future = self._enqueue([host_call(name, *args, fields=fields, account=account, **kwargs)], priority, limit, key)
        (answer,) = await (asyncio.shield(future) if key is not None else future)
        return answer

    async def read(self, calls: Sequence[Call]) -> list[HostAnswer]:
        """Makes several calls that only read, one after the other in one exchange; each has its own time limit."""
        return await self._enqueue(calls, Priority.READ, DATA_SECONDS)

    async def initialize(
        self, *, path: str, portable: bool, timeout_seconds: float, ours: Callable[[str], bool] = lambda _: True
    ) -> HostAnswer:
        """Connects the module to a terminal; repeated by itself after a restart of the host.

        Args:
            path: Of terminal64.exe.
            portable: Whether its data lie beside it.
            timeout_seconds: How long it may take to log in.
            ours: Whether a terminal with this data folder is the one meant.

        Raises:
            ForexEliteError: another terminal answered; the link to it is cut.
        """
        call = host_call("initialize", path=path, timeout=int(timeout_seconds * 1000), portable=portable)
        self._session = _Session(call, INITIALIZE_SECONDS + timeout_seconds, ours)
        (answer,) = await self._enqueue([self._session.call], Priority.READ, self._session.limit)
        return answer

    async def close(self) -> None:
        """Ends the host. An order at the terminal gets its answer; whatever still waits is given back unsent."""
        self._closed = True
        if self._trading is not None:
            await asyncio.wait([self._trading], timeout=CLOSE_SECONDS)
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)
        for item in self._queue:
            _fail(item, ForexEliteError(ErrorCode.BROKER_UNAVAILABLE, "The link to MetaTrader 5 was closed."))
        self._queue.clear()
        await self._host.close()

    def _enqueue(
        self, calls: Sequence[Call], priority: Priority, limit: float, key: str | None = None
    ) -> asyncio.Future[list[HostAnswer]]:
        if self._closed:
            raise ForexEliteError(ErrorCode.BROKER_UNAVAILABLE, "The link to MetaTrader 5 is closed. Connect it first.")
        if key is not None:
            for waiting in self._queue:
                if waiting.key == key:
                    return waiting.future
        if len(self._queue) >= MAX_QUEUED and priority is not Priority.TRADE:
            self._make_room(priority)
        future: asyncio.Future[list[HostAnswer]] = asyncio.get_running_loop().create_future()
        future.add_done_callback(_retrieve)
        item = _Item(priority, next(self._numbers), calls, limit, time.monotonic(), key, future)
        heapq.heappush(self._queue, item)
        self._wake.set()
        if self._reading_since is not None and time.monotonic() - self._reading_since > GIVE_WAY_SECONDS:
            self._give_way()
        if self._worker is None or self._worker.done():
            self._worker = asyncio.get_running_loop().create_task(self._serve(), name="terminal-host-client")
        return future

    def _make_room(self, priority: Priority) -> None:
        """Drops the oldest waiting poll for a read; refuses a poll, or a read among nothing but reads and orders."""
        busy = ForexEliteError(
            ErrorCode.BROKER_UNAVAILABLE, "MetaTrader 5 is too busy to answer. Try again in a moment."
        )
        polls = [item for item in self._queue if item.priority is Priority.POLL]
        if priority is Priority.POLL or not polls:
            raise busy
        oldest = min(polls, key=lambda item: item.number)
        self._queue.remove(oldest)
        heapq.heapify(self._queue)
        _fail(oldest, busy)

    def _give_way(self) -> None:
        """Ends the host amid a read that lasts while a trade call waits; the link is opened again for it."""
        if self._reading_since is not None and any(item.priority is Priority.TRADE for item in self._queue):
            log.warning("MetaTrader did not answer while an order waits")
            self._host.kill()

    async def _serve(self) -> None:
        while not self._closed:
            while not self._queue:
                self._wake.clear()
                await self._wake.wait()
            item = heapq.heappop(self._queue)
            if item.future.cancelled():
                continue
            self._trading = item.future if item.priority is Priority.TRADE else None
            try:
                answers = await self._carry_out(item)
            except ForexEliteError as error:
                _fail(item, error)
            except asyncio.CancelledError:
                _fail(item, self._interrupted(item, "The link to MetaTrader 5 was closed meanwhile."))
                raise
            except Exception:
                log.exception("The call %s failed", item.name)
                _fail(item, self._interrupted(item, "The call to MetaTrader 5 failed."))
            else:
                if not item.future.done():
                    item.future.set_result(answers)

    async def _carry_out(self, item: _Item) -> list[HostAnswer]:
        await self._ensure_host(item)
        if item.priority is Priority.TRADE and time.monotonic() - item.queued_at > TRADE_QUEUE_SECONDS:
            raise ForexEliteError(
                ErrorCode.BROKER_UNAVAILABLE,
                "MetaTrader 5 was busy for too long, so the order was not sent. Check the price and send it again.",
            )
        started = time.perf_counter()
        timer = None
        if item.priority is not Priority.TRADE and item.calls[0]["call"] != "initialize":
            self._reading_since = time.monotonic()
            timer = asyncio.get_running_loop().call_later(GIVE_WAY_SECONDS, self._give_way)
        try:
            answers = await self._exchange(item.calls, item.limit)
        except TimeoutError as error:
            log.warning("MetaTrader did not answer %s within %s s", item.name, item.limit)
            raise self._interrupted(item, "MetaTrader 5 did not answer in time.") from error
        except HostGone as error:
            log.warning("The terminal host ended during %s", item.name)
            self._host.kill()
            raise self._interrupted(item, "The link to MetaTrader 5 broke during the call.") from error
        finally:
            self._reading_since = None
            if timer is not None:
                timer.cancel()
        self.round_trip_ms = (time.perf_counter() - started) * 1000 / len(answers)
        return answers

    async def _exchange(self, calls: Sequence[Call], limit: float) -> list[HostAnswer]:
        """Makes calls; after an `initialize` makes sure of the terminal that answered."""
        answers = await self._host.exchange(calls, limit)
        session = self._session
        if answers[0].value is True and session is not None and calls[0] is session.call:
            (info,) = await self._host.exchange([host_call("terminal_info", fields=["data_path"])], DATA_SECONDS)
            data_path = info.value["data_path"] if info.value else "not known"
            if not session.ours(data_path):
                self._host.kill()
                raise other_terminal(data_path)
        return answers

    async def _ensure_host(self, item: _Item) -> None:
        """Starts the host where there is none and opens the session again; what fails here was not sent."""
        if self._host.alive:
            return
        self._host.kill()
        session = self._session
        reopening = session is not None and item.calls[0] is not session.call
        if reopening and not await asyncio.to_thread(self._terminal_runs):
            raise terminal_error(NOT_RUNNING, "")
        await self._host.start()
        if session is None or not reopening:
            return
        self.restarts += 1
        try:
            (answer,) = await self._exchange([session.call], session.limit)
        except (TimeoutError, HostGone) as error:
            self._host.kill()
            raise ForexEliteError(
                ErrorCode.BROKER_UNAVAILABLE, "MetaTrader 5 does not answer. Look at its window, then connect again."
            ) from error
        if answer.value is not True:
            log.warning("MetaTrader could not be reached again: %s %s", answer.code, answer.text)
            self._host.kill()
            raise terminal_error(answer.code, answer.text)

    @staticmethod
    def _interrupted(item: _Item, reason: str) -> ForexEliteError:
        if item.priority is Priority.TRADE:
            return OutcomeUnknown(reason)
        return ForexEliteError(ErrorCode.BROKER_UNAVAILABLE, f"{reason} The link is opened again; try again.")


def host_call(
    name: str, *args: Any, fields: Sequence[str] | None = None, account: tuple[int, str] | None = None, **kwargs: Any
) -> Call:
    """Returns a call for `HostClient.read`; the arguments are those of `HostClient.call`."""
    return {"call": name, "args": args, "kwargs": kwargs, "fields": fields, "account": account}


def _fail(item: _Item, error: ForexEliteError) -> None:
    if not item.future.done():
        item.future.set_exception(error)


def _retrieve(future: asyncio.Future[list[HostAnswer]]) -> None:
    """Marks a failure as seen: its caller may have been cancelled meanwhile."""
    if not future.cancelled():
        future.exception()

"""Bars, from the price account or from a user's terminal, each question asked once for everybody."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from pydantic import TypeAdapter, ValidationError

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.jobs import JobType, ProbePayload
from agent_core.protocol.market import TIMEFRAME_SECONDS, CandleAnswer, CandleTimeframe
from cloud.brokers.base import BrokerAccount
from cloud.jobs.service import JobService
from cloud.providers.oanda.prices import Span

MAX_BARS = 5000
FRESH_SECONDS = 2.0
#: Bars that ended long ago don't change any more.
PAST_SECONDS = 600.0
MAX_ANSWERS = 500
#: Longer than a weekend: no bars come about while the market is closed.
LONGEST_CLOSING = timedelta(days=3)
MAX_WINDOWS = 3
_BARS = TypeAdapter(list[CandleAnswer])

Bars = list[CandleAnswer]
Question = tuple[object, ...]


class CandleCache:
    """Keeps answers for a while; who asks what is being asked already waits for that answer."""

    def __init__(self) -> None:
        self._answers: dict[Question, tuple[float, asyncio.Task[Bars]]] = {}

    async def get(self, question: Question, span: Span, ask: Callable[[], Awaitable[Bars]]) -> Bars:
        """Returns the kept answer or a new one. Failures are not kept."""
        now = time.monotonic()
        known = self._answers.get(question)
        if known is None or known[0] < now or _failed(known[1]):
            self._make_room(now)
            known = (now + _seconds_kept(span), asyncio.ensure_future(_answer(ask)))
            self._answers[question] = known
        # One caller who leaves must not take the answer from the others.
        return await asyncio.shield(known[1])

    async def close(self) -> None:
        """Gives up what is being asked."""
        tasks = [task for _, task in self._answers.values()]
        self._answers.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _make_room(self, now: float) -> None:
        self._answers = {key: kept for key, kept in self._answers.items() if kept[0] >= now}
        while len(self._answers) >= MAX_ANSWERS:
            del self._answers[next(iter(self._answers))]


async def terminal_bars(
    jobs: JobService, account: BrokerAccount, instrument: str, timeframe: CandleTimeframe, span: Span
) -> Bars:
    """Bars of the terminal behind a broker connection.

    Raises:
        ForexEliteError: AGENT_OFFLINE, BROKER_UNAVAILABLE, UNKNOWN_INSTRUMENT, or VALIDATION_ERROR for what a terminal
            can't give.
    """
    if account.agent_id is None:
        raise ForexEliteError(ErrorCode.AGENT_OFFLINE, f"No agent is paired for '{account.label}'. Pair the computer.")
    if timeframe not in TIMEFRAME_SECONDS:
        raise ForexEliteError(
            ErrorCode.VALIDATION_ERROR,
            f"A terminal has no {timeframe} bars. Take one of {', '.join(TIMEFRAME_SECONDS)}.",
            field="timeframe",
        )
    agent_id, bar = account.agent_id, timedelta(seconds=TIMEFRAME_SECONDS[timeframe])

    async def ask(count: int, end: datetime | None) -> Bars:
        payload = ProbePayload.model_validate(
            {"what": "candles", "instrument": instrument, "timeframe": timeframe, "count": count, "to": end}
        )
        job = await jobs.run_and_wait(account.user_id, agent_id, JobType.PROBE, payload)
        try:
            return _BARS.validate_python((job.result or {}).get("candles"))
        except ValidationError as error:
            raise ForexEliteError(
                ErrorCode.BROKER_UNAVAILABLE, "The agent's answer can't be read. Update ForexElite Pro on its computer."
            ) from error

    if span.start is None:
        return await ask(span.count or MAX_BARS, span.end)
    if span.end is None:
        return await _onwards(ask, span.start, span.count or MAX_BARS, bar)
    wanted = math.ceil((span.end - span.start) / bar) + 1
    if wanted > MAX_BARS:
        raise ForexEliteError(
            ErrorCode.VALIDATION_ERROR, f"That is more than {MAX_BARS} bars. Ask for a shorter time.", field="from"
        )
    return [found for found in await ask(wanted, span.end) if found.time >= span.start]


async def _onwards(
    ask: Callable[[int, datetime | None], Awaitable[Bars]], start: datetime, count: int, bar: timedelta
) -> Bars:
    """The first `count` bars from a time on. A terminal counts bars back from an end, so ends are tried."""
    window = min(MAX_BARS - 1, count + math.ceil(LONGEST_CLOSING / bar))
    found: Bars = []
    for _ in range(MAX_WINDOWS):
        end = start + window * bar
        late = end >= datetime.now(UTC)
        found += [row for row in await ask(window + 1, None if late else end) if row.time >= start]
        if len(found) >= count or late:
            return found[:count]
        start = end
    if not found:
        raise ForexEliteError(
            ErrorCode.VALIDATION_ERROR, "The terminal has no bars from then on. Ask for a later time.", field="from"
        )
    return found


def checked_span(count: int | None, start: datetime | None, end: datetime | None, default: int) -> Span:
    """The bars that a request means; a few of the last ones where it doesn't say.

    Raises:
        ForexEliteError: VALIDATION_ERROR for what contradicts itself.
    """
    if start is not None and end is not None:
        if count is not None:
            raise ForexEliteError(
                ErrorCode.VALIDATION_ERROR, "Give `from` and `to`, or one of them with `count`.", field="count"
            )
        if start >= end:
            raise ForexEliteError(ErrorCode.VALIDATION_ERROR, "`from` has to be before `to`.", field="from")
        return Span(None, start, end)
    if start is not None and start >= datetime.now(UTC):
        raise ForexEliteError(ErrorCode.VALIDATION_ERROR, "`from` lies in the future.", field="from")
    return Span(default if count is None else count, start, end)


def _seconds_kept(span: Span) -> float:
    past = span.end is not None and span.end < datetime.now(UTC) - timedelta(minutes=5)
    return PAST_SECONDS if past else FRESH_SECONDS


def _failed(task: "asyncio.Task[Bars]") -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


async def _answer(ask: Callable[[], Awaitable[Bars]]) -> Bars:
    return await ask()

"""Keeps the broker's clock right: by quotes as they arrive, by each week's opening, remembered for each server."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from agent_core.protocol.errors import ForexEliteError
from agent_core.terminal.clock_check import ClockCheck
from agent_core.terminal.models import Tick
from agent_core.terminal.week_offsets import last_week_open

if TYPE_CHECKING:
    from agent_core.terminal.service import TerminalService

log = logging.getLogger(__name__)

#: How long a first quote is waited for when a server is met for the first time.
_LIVE_SECONDS = 2.0
_LIVE_SYMBOLS = 10
#: Traded from the first to the last hour of every FX week.
_WEEKLY_SYMBOL = "EURUSD"
_WEEK_SECONDS = 7 * 86_400
#: Weeks that could not be read are asked for again after this long.
_RETRY_SECONDS = 600.0


class ClockKeeper:
    """Measures the clock of the server that a terminal is logged in to.

    Args:
        terminal: The terminal; its `clock` is what is kept.
        now: Epoch seconds UTC.
    """

    def __init__(self, terminal: "TerminalService", now: Callable[[], float] = time.time) -> None:
        self._terminal = terminal
        self._clock = terminal.clock
        self._memory = terminal.memory
        self._now = now
        self._server = ""
        self._asked = float("-inf")
        self._check = ClockCheck(now)

    @property
    def problem(self) -> str:
        """One sentence while this computer's own clock can't be right, else empty."""
        return self._check.problem

    def follow(self, server: str) -> None:
        """Goes on with what is remembered of a server; the clock of one that is new is taken to be as it was."""
        self._server = server
        known = self._memory.offset(server)
        if known is not None:
            self._clock.offset = known
        self._clock.weeks = self._memory.weeks(server)
        self._clock.measured = False
        self._asked = float("-inf")

    def observe(self, ticks: Sequence[Tick]) -> int:
        """Measures by quotes that have just arrived together.

        Returns:
            By how many milliseconds their times, and those of all quotes before, have to be moved to be right.
        """
        # All of them before the clock moves: by then they were told in the clock as it was.
        told = [self._clock.server_msc(tick.time_msc) for tick in ticks]
        first, before = not self._clock.measured, self._clock.offset
        for server_msc in told:
            self._check.see(server_msc)
            self._clock.observe(server_msc)
        moved = before - self._clock.offset
        if (moved or first) and self._clock.measured and self._server:
            self._memory.set_offset(self._server, self._clock.offset)
        return moved * 1000

    async def start(self) -> None:
        """Measures a server that is met for the first time, and reads what weeks are missing."""
        known = self._memory.offset(self._server) is not None or await self._by_a_live_quote()
        await self._read_weeks(self._clock.offset if known else None)
        if not known and self._clock.weeks.offsets:
            # The market is closed: the opening of its last week tells the offset.
            self._clock.offset = self._clock.weeks.offsets[-1]

    async def keep(self) -> None:
        """Reads the past weeks again once another one has begun: clocks change between two of them."""
        await self._read_weeks(self._clock.offset)

    async def _by_a_live_quote(self) -> bool:
        terminal = self._terminal
        names = [symbol.name for symbol in await terminal.symbols() if symbol.selected][:_LIVE_SYMBOLS]
        deadline = asyncio.get_running_loop().time() + _LIVE_SECONDS
        before = {tick.symbol: tick for tick in await terminal.ticks(names)}
        while before and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.05)
            for tick in await terminal.ticks(names):
                if tick.time_msc > before.get(tick.symbol, tick).time_msc:
                    self.observe([tick])
                    return True
        return False

    async def _read_weeks(self, present: int | None) -> None:
        """Reads the offsets of past weeks where one is missing; without them the present one holds for all."""
        known = self._clock.weeks.opens
        if known and known[-1] >= last_week_open(self._now() - _WEEK_SECONDS):
            return
        if time.monotonic() - self._asked < _RETRY_SECONDS:
            return
        self._asked = time.monotonic()
        try:
            name = (await self._terminal.symbol(_WEEKLY_SYMBOL)).name
            weeks = await self._terminal.week_offsets(name, present)
        except ForexEliteError as error:
            log.info("The server's clock of past weeks can't be read: %s", error.detail)
            return
        if weeks.opens:
            self._clock.weeks = weeks
            self._memory.set_weeks(self._server, weeks)

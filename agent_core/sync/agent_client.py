"""The agent's HTTP client: its key on each request, and what each answer says about the link."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import UUID

from agent_core.protocol.errors import ErrorCode
from agent_core.sync.backoff import Backoff
from agent_core.sync.http import SHORT, CloudError, Seconds, new_client, send

if TYPE_CHECKING:
    import httpx

LinkReport = Callable[[CloudError | None, float | None], None]


class KeyRefused(Exception):  # noqa: N818 - it ends the session, it is not reported to anybody
    """The cloud does not accept the agent's key (any more)."""

    def __init__(self, error: CloudError) -> None:
        super().__init__(error.detail)
        self.error = error


class AgentClient:
    """Requests of one paired agent.

    Args:
        url: Address of the cloud.
        agent_id: Who we are.
        key: The agent's key.
        report: Hears of every answer: the error, if it was one, and the round trip in milliseconds of short requests.
    """

    def __init__(self, url: str, agent_id: UUID, key: str, report: LinkReport) -> None:
        self.agent_id = agent_id
        self._http = new_client(url, {"X-Agent-Key": key})
        self._report = report
        self._failing = False
        self._recovered = asyncio.Event()

    async def send(
        self,
        method: str,
        path: str,
        *,
        body: str | bytes | None = None,
        params: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        timeout: Seconds = SHORT,
        long: bool = False,
    ) -> "httpx.Response":
        """Sends a request below `/agents/{id}`. `long` ones say nothing about the round trip.

        Raises:
            CloudError: the cloud refused or gave no answer.
        """
        began = time.monotonic()
        try:
            response = await send(
                self._http,
                method,
                f"/agents/{self.agent_id}{path}",
                body=body,
                params=params,
                headers=headers,
                timeout=timeout,
            )
        except CloudError as error:
            self._failing = self._failing or error.passing
            self._report(error if error.passing or self.refuses(error) else None, None)
            raise
        if self._failing:
            self._failing = False
            self._recovered.set()
            self._recovered = asyncio.Event()
        self._report(None, None if long else (time.monotonic() - began) * 1000)
        return response

    def refuses(self, error: CloudError) -> bool:
        """Whether an error is about the key."""
        return error.code in (ErrorCode.INVALID_AGENT_KEY, ErrorCode.FORBIDDEN) or error.status == 401

    async def pause(self, error: CloudError, backoff: Backoff) -> None:
        """Waits before the next attempt, less long if another request gets through meanwhile.

        Raises:
            KeyRefused: another attempt is of no use.
        """
        if self.refuses(error):
            raise KeyRefused(error) from error
        seconds = backoff.next(error.retry_after)
        if error.retry_after is not None:
            await asyncio.sleep(seconds)
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._recovered.wait()

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

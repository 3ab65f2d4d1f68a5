"""Reads server-sent events as the model's servers really send them, torn frames included."""

import json
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any


class TornFrameError(Exception):
    """A frame was cut in the middle; the turn can't be trusted and must be asked again."""


async def json_frames(lines: AsyncIterator[str]) -> AsyncGenerator[dict[str, Any], None]:
    """Yields the JSON object of each `data:` line until `[DONE]`.

    Raises:
        TornFrameError: a frame isn't whole JSON, or the stream ended without `[DONE]`.
    """
    async for line in lines:
        if not line.startswith("data:"):
            continue
        data = line.removeprefix("data:").strip()
        if data == "[DONE]":
            return
        try:
            frame = json.loads(data)
        except ValueError as error:
            raise TornFrameError(f"cut after {len(data)} characters") from error
        if not isinstance(frame, dict):
            raise TornFrameError("a frame is no object")
        yield frame
    raise TornFrameError("the stream ended without [DONE]")

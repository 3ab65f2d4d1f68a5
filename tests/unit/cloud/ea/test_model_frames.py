"""The model's server-sent events: a frame that was cut is never skipped, whatever comes after it."""

from collections.abc import AsyncIterator

import pytest

from cloud.providers.sse import TornFrameError, json_frames

WHOLE, DONE = 'data: {"n": 1}', "data: [DONE]"


async def _lines(*lines: str) -> AsyncIterator[str]:
    for line in lines:
        yield line


@pytest.mark.parametrize("torn", ['data: {"n": 2', 'data: {"text": "cutdata: {"n": 3}', "data: [1]", "data:"])
async def test_a_torn_frame_ends_the_turn(torn: str) -> None:
    frames = json_frames(_lines(": alive", WHOLE, torn, WHOLE, DONE))
    assert await anext(frames) == {"n": 1}
    with pytest.raises(TornFrameError):
        await anext(frames)


async def test_nothing_counts_after_the_end_and_an_end_there_must_be() -> None:
    assert [frame async for frame in json_frames(_lines(WHOLE, "", DONE, "data: {"))] == [{"n": 1}]
    with pytest.raises(TornFrameError):
        [frame async for frame in json_frames(_lines(WHOLE))]

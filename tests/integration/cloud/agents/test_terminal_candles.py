"""Bars of a user's own terminal, through their agent."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from agent_core.protocol.jobs import JobEnvelope
from agent_core.protocol.market import TIMEFRAME_SECONDS

FRAMES = "M1 M2 M3 M4 M5 M6 M10 M12 M15 M20 M30 H1 H2 H3 H4 H6 H8 H12 D1 W1 MN1"
NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


def terminal(job: JobEnvelope) -> tuple[str, dict[str, Any]]:
    """A terminal with a bar for every hour."""
    end = datetime.fromisoformat(job.payload["to"]) if job.payload["to"] else NOW + timedelta(hours=1)
    times = [end - timedelta(hours=back) for back in range(job.payload["count"], 0, -1)]
    bar = {"open": 1.1, "high": 1.2, "low": 1.0, "close": 1.15, "volume": 7}
    return "completed", {"candles": [{"time": time.isoformat(), **bar} for time in times]}


def moments(answer: Any) -> list[datetime]:
    assert answer.status_code == 200, answer.text
    return [datetime.fromisoformat(bar["time"]) for bar in answer.json()]


async def test_every_way_to_say_which_bars(desk: Any) -> None:
    connection, start, end = desk.connection, NOW - timedelta(hours=10), NOW - timedelta(hours=4)
    async with desk.agent.serving(terminal):

        async def ask(**query: Any) -> Any:
            return await desk.get("/candles/EUR_USD", broker_connection_id=connection, **query)

        last = moments(await ask(count=3))
        before = moments(await ask(count=2, to=end.isoformat()))
        after = moments(await ask(**{"count": 2, "from": start.isoformat()}))
        between = moments(await ask(**{"from": start.isoformat(), "to": end.isoformat()}))
        refused = await ask(**{"count": 5, "from": start.isoformat(), "to": end.isoformat()})
        too_long = await ask(**{"from": "2001-01-01T00:00:00Z", "to": end.isoformat()})
        seconds = await ask(timeframe="S5")
    assert last == [NOW - timedelta(hours=back) for back in (2, 1, 0)]
    assert before == [end - timedelta(hours=2), end - timedelta(hours=1)]
    assert after == [start, start + timedelta(hours=1)]
    assert between == [start + timedelta(hours=hour) for hour in range(6)]
    for answer, field in ((refused, "count"), (too_long, "from"), (seconds, "timeframe")):
        assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, "VALIDATION_ERROR", field)


async def test_bars_of_every_length_from_long_ago(desk: Any) -> None:
    """The terminal has a weekend after each five days, and no bars at all before 2024."""
    begin = datetime(2024, 1, 1, tzinfo=UTC)

    def closing_terminal(job: JobEnvelope) -> tuple[str, dict[str, Any]]:
        bar = timedelta(seconds=TIMEFRAME_SECONDS[job.payload["timeframe"]])
        end = datetime.fromisoformat(job.payload["to"]) if job.payload["to"] else datetime.now(UTC)
        times: list[datetime] = []
        time = begin + (end - begin) // bar * bar
        while len(times) < job.payload["count"] and time >= begin:
            if time < end and (time.weekday() < 5 or bar >= timedelta(days=1)):
                times.append(time)
            time -= bar
        row = {"open": 1.1, "high": 1.2, "low": 1.0, "close": 1.15, "volume": 7}
        return "completed", {"candles": [{"time": time.isoformat(), **row} for time in reversed(times)]}

    async with desk.agent.serving(closing_terminal):

        async def ask(frame: str, **query: Any) -> Any:
            return await desk.get("/candles/EURUSD", broker_connection_id=desk.connection, timeframe=frame, **query)

        friday = "2024-01-05T23:00:00Z"
        for frame in FRAMES.split():
            times = moments(await ask(frame, **{"count": 5, "from": friday}))
            assert len(times) == 5, frame
            assert times[0] >= datetime.fromisoformat(friday)
        many = moments(await ask("M1", **{"count": 5000, "from": friday}))
        ancient = await ask("M1", **{"count": 5, "from": "2001-01-01T00:00:00Z"})
    assert (len(many), many[0]) == (5000, datetime.fromisoformat(friday))
    assert many[-1] == datetime(2024, 1, 11, 10, 19, tzinfo=UTC)
    assert (ancient.status_code, ancient.json()["field"]) == (400, "from")


async def test_a_question_asked_by_several_at_once_is_one_job(desk: Any) -> None:
    query = {"broker_connection_id": desk.connection, "count": 4, "timeframe": "M15"}
    async with desk.agent.serving(terminal):
        answers = await asyncio.gather(*(desk.get("/candles/EURUSD", **query) for _ in range(5)))
    assert len({answer.text for answer in answers}) == 1
    assert len(moments(answers[0])) == 4
    assert len(desk.agent.done) == 1


async def test_an_absent_terminal_and_a_foreign_connection(desk: Any, open_desk: Any) -> None:
    await desk.agent.beat(status="stopping")
    away = await desk.get("/candles/EURUSD", broker_connection_id=desk.connection)
    foreign = await (await open_desk()).get("/candles/EURUSD", broker_connection_id=desk.connection)
    unknown = await desk.get("/candles/EURUSD", broker_connection_id=uuid4())
    assert (away.status_code, away.json()["code"]) == (503, "AGENT_OFFLINE")
    assert [answer.status_code for answer in (foreign, unknown)] == [404, 404]

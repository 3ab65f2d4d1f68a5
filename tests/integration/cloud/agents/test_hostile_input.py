"""Input that no database column takes, and ids that belong to others: each refused in one sentence, none a 500."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("DELETE", "/positions/9001%00", None),
        ("DELETE", "/orders/%00", None),
        ("POST", "/agents/pair", {"agent_name": "a\x00b"}),
        ("POST", "/ea/projects", {"name": "\x00"}),
    ],
)
async def test_what_can_not_be_stored_is_refused(desk: Any, method: str, path: str, body: Any) -> None:
    await desk.agent.beat()
    answer = await desk.request(method, path, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR"), answer.text


async def test_a_number_no_column_holds_is_refused(desk: Any) -> None:
    project = (await desk.post("/ea/projects", {"name": "Mine"})).json()["project_id"]
    answer = await desk.get(f"/ea/projects/{project}/versions", cursor="99999999999999")
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR"), answer.text


async def test_an_agents_odd_figures_never_hold_up_the_rest(desk: Any) -> None:
    beat = await desk.http.post(
        f"/api/v1/agents/{desk.agent.id}/heartbeat",
        content='{"metrics": {"name": "\\u0000\\ud800", "ping": NaN}}',
        headers={**desk.agent.headers, "Content-Type": "application/json"},
    )
    assert beat.status_code == 200, beat.text
    uploaded = await desk.http.post(
        f"/api/v1/agents/{desk.agent.id}/events",
        content='{"events": [{"seq": 1, "kind": "deal", "at": "2026-01-05T10:00:00Z",'
        ' "data": {"profit": NaN, "comment": "\\ud83d"}}]}',
        headers={**desk.agent.headers, "Content-Type": "application/json"},
    )
    assert uploaded.json()["stored_through"] == 1
    [event] = await desk.rows("select data from agent_events")
    assert event["data"] == {"profit": None, "comment": "\ufffd"}


async def test_an_id_of_somebody_else_is_taken(desk: Any, open_desk: Callable[[], Awaitable[Any]]) -> None:
    other = await open_desk()
    version = await other.new_version()
    project = (await desk.post("/ea/projects", {"name": "Mine"})).json()["project_id"]
    answer = await desk.post(
        f"/ea/projects/{project}/versions", {"id": str(version), "source_code": "void OnTick() {}"}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "CONFLICT"), answer.text
    assert (await desk.get(f"/ea/versions/{version}")).status_code == 404


async def test_a_part_is_closed_once_under_one_key(desk: Any, make_outcome: Any) -> None:
    headers = {**desk.headers, "Idempotency-Key": "close-1"}
    params = {"broker_connection_id": str(desk.connection), "units": "500"}
    async with desk.agent.serving(lambda job: ("completed", make_outcome(units="500"))):
        answers = [
            await desk.http.delete("/api/v1/positions/9001", params=params, headers=headers, timeout=30)
            for _ in range(2)
        ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert len(desk.agent.done) == 1

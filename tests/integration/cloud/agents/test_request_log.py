"""The log line of a request tells whose it was, and which job it led to."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.cloud.log_capture import captured_log


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    with captured_log() as written:
        yield written


async def test_request_user_and_job(desk: Any, make_outcome: Any, log: io.StringIO) -> None:
    version = await desk.new_version()
    log.truncate(0)
    async with desk.agent.serving(lambda job: ("completed", make_outcome())):
        await desk.post("/orders", desk.order())
    [order] = desk.agent.done
    compiling = (await desk.post(f"/ea/versions/{version}/compile")).json()["job_id"]
    deployed = (
        await desk.post(
            "/deployments",
            {"version_id": str(version), "agent_id": str(desk.agent.id), "symbol": "EURUSD",
             "broker_connection_id": str(desk.connection)},
        )
    ).json()  # fmt: skip
    lines = [json.loads(line) for line in log.getvalue().replace("\0", "").splitlines()]
    requests = {line["route"]: line for line in lines if line["event"] == "request" and line["method"] == "POST"}
    jobs = {
        "/api/v1/orders": str(order.job_id), "/api/v1/ea/versions/{version_id}/compile": compiling,
        "/api/v1/deployments": deployed["job_id"],
        "/api/v1/agents/{agent_id}/jobs/{job_id}/result": str(order.job_id),
    }  # fmt: skip
    assert {route: requests[route].get("job_id") for route in jobs} == jobs
    assert {line["user_id"] for route, line in requests.items() if "agents" not in route} == {str(desk.trader.user_id)}
    assert len({line["request_id"] for line in requests.values()}) == len(requests)

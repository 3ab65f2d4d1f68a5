from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from cloud.services import Services


async def _create(desk: Any, version: Any, **more: Any) -> Any:
    body = {
        "version_id": str(version), "agent_id": str(desk.agent.id), "broker_connection_id": str(desk.connection),
        "symbol": "EURUSD", "inputs": {"Lots": "0.1"},
    }  # fmt: skip
    return await desk.post("/deployments", body | more)


class _Terminal:
    """What the agent's terminal runs."""

    def __init__(self) -> None:
        self.running: set[str] = set()

    def handle(self, job: Any) -> Any:
        deployment = job.payload["deployment_id"]
        if job.type == "deploy":
            return "completed", {"deployment_id": deployment, "status": "deployed"}
        if job.type == "start":
            self.running.add(deployment)
            return "completed", {"deployment_id": deployment, "status": "running"}
        self.running.discard(deployment)
        return "completed", {"deployment_id": deployment, "status": "stopped"}


async def _status(desk: Any, deployment: str) -> Any:
    found = (await desk.get(f"/deployments/{deployment}")).json()
    return found["status"], found["last_error"]


async def test_deploy_run_watch_and_remote_stop(desk: Any, make_event: Any) -> None:
    version = await desk.new_version()
    created = await _create(desk, version)
    assert created.status_code == 201, created.text
    deployment = created.json()["deployment_id"]
    terminal = _Terminal()
    async with desk.agent.serving(terminal.handle):
        started = await desk.post(f"/deployments/{deployment}/run")
        assert (started.status_code, started.json()["status"]) == (200, "running")
        assert terminal.running == {deployment}
        await desk.agent.upload(
            make_event(3, "ea_log", deployment_id=deployment, level="info", message="first"),
            make_event(4, "ea_log", deployment_id=deployment, level="warning", message="second"),
        )
        stopped = await desk.post(f"/deployments/{deployment}/stop")
    assert (stopped.status_code, stopped.json()["status"]) == (200, "stopped")
    assert terminal.running == set()
    assert await _status(desk, deployment) == ("stopped", None)
    deploy, start, stop = desk.agent.done
    assert (deploy.type, start.type, stop.type) == ("deploy", "start", "stop")
    assert deploy.not_after is None
    assert start.not_after is not None
    assert (deploy.payload["inputs"], deploy.payload["compile"]["source_code"]) == ({"Lots": "0.1"}, "void OnTick() {}")
    [listed] = (await desk.get("/deployments")).json()
    assert (listed["id"], listed["project_name"], listed["version_number"]) == (deployment, "Breakout", 1)
    lines = (await desk.get(f"/deployments/{deployment}/logs")).json()
    assert [(line["level"], line["message"]) for line in lines] == [("info", "first"), ("warning", "second")]


async def test_why_it_could_not_start_is_answered_and_kept(desk: Any) -> None:
    deployment = (await _create(desk, await desk.new_version())).json()["deployment_id"]
    detail = "AutoTrading is off in the terminal. Press the Algo Trading button and try again."

    def handle(job: Any) -> Any:
        return _Terminal().handle(job) if job.type == "deploy" else ("failed", {}, "ALGO_TRADING_DISABLED", detail)

    async with desk.agent.serving(handle):
        answer = await desk.post(f"/deployments/{deployment}/run")
    assert (answer.status_code, answer.json()["code"]) == (400, "ALGO_TRADING_DISABLED")
    assert await _status(desk, deployment) == ("deployed", detail)


@pytest.mark.logs_errors
async def test_a_database_lost_on_the_way_is_an_unknown_outcome(desk: Any, full_disk: Any) -> None:
    deployment = (await _create(desk, await desk.new_version())).json()["deployment_id"]
    await desk.agent.beat()
    fill, _ = full_disk
    await fill("jobs", f"new.type in ('start', 'order') and new.user_id = '{desk.trader.user_id}'")
    for answer in (await desk.post(f"/deployments/{deployment}/run"), await desk.post("/orders", desk.order())):
        assert (answer.status_code, answer.json()["code"]) == (503, "OUTCOME_UNKNOWN")
        assert "before trying again" in answer.json()["detail"]


async def test_a_failed_deploy_is_an_error(desk: Any) -> None:
    created = (await _create(desk, await desk.new_version())).json()
    await desk.agent.report(await desk.agent.poll(), "failed", error_code="COMPILE_FAILED", error_detail="2 errors.")
    assert await _status(desk, created["deployment_id"]) == ("error", "2 errors.")


async def test_a_version_with_errors_is_not_deployed(services: Services, desk: Any) -> None:
    version = await desk.new_version()
    finding = {"line": 3, "column": 5, "severity": "error", "code": 256, "message": "undeclared identifier 'x'"}
    async with services.db.as_service() as tx:
        await tx.execute("update ea_versions set status = 'error', diagnostics = $2 where id = $1", version, [finding])
    refused = await _create(desk, version)
    assert (refused.status_code, refused.json()["code"]) == (409, "COMPILE_FAILED")
    assert "line 3, undeclared identifier 'x'" in refused.json()["detail"]
    assert (await desk.get("/deployments")).json() == []


async def test_an_offline_agent_can_neither_run_nor_stop(services: Services, desk: Any) -> None:
    deployment = (await _create(desk, await desk.new_version())).json()["deployment_id"]
    await desk.agent.beat(status="stopping")
    for action in ("run", "stop"):
        answer = await desk.post(f"/deployments/{deployment}/{action}")
        assert (answer.status_code, answer.json()["code"]) == (503, "AGENT_OFFLINE")
        assert "Last seen" in answer.json()["detail"]
    services.jobs.times = replace(services.jobs.times, deadline=0.1)
    await desk.agent.beat()
    silent = await desk.post(f"/deployments/{deployment}/stop")
    assert (silent.status_code, silent.json()["code"]) == (503, "AGENT_OFFLINE")
    # The deploy job still waits for the agent; the stop does not come as a surprise later.
    job = await desk.agent.poll()
    assert job.type == "deploy"
    assert await desk.agent.poll() is None


async def test_deployments_of_others_are_out_of_reach(desk: Any, open_desk: Callable[[], Awaitable[Any]]) -> None:
    deployment = (await _create(desk, await desk.new_version())).json()["deployment_id"]
    other = await open_desk()
    assert (await other.get("/deployments")).json() == []
    for answer in (
        await other.get(f"/deployments/{deployment}"),
        await other.get(f"/deployments/{deployment}/logs"),
        await other.post(f"/deployments/{deployment}/run"),
        await other.post(f"/deployments/{deployment}/stop"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


async def test_only_what_belongs_together_can_be_deployed(desk: Any, open_desk: Callable[[], Awaitable[Any]]) -> None:
    version = await desk.new_version()
    other = await open_desk()
    foreign_version = await other.new_version()
    for change, status, field in (
        ({"version_id": str(foreign_version)}, 404, "version_id"),
        ({"broker_connection_id": str(other.connection)}, 404, "broker_connection_id"),
        ({"agent_id": str(other.agent.id)}, 400, "broker_connection_id"),
        ({"symbol": ""}, 400, "symbol"),
        ({"speed": 1}, 400, "speed"),
    ):
        answer = await _create(desk, version, **change)
        assert (answer.status_code, answer.json()["field"]) == (status, field)
    assert (await desk.get("/deployments")).json() == []
    own_id = str(uuid4())
    assert (await _create(desk, version, id=own_id)).json()["deployment_id"] == own_id
    taken = await _create(desk, version, id=own_id)
    assert (taken.status_code, taken.json()["code"]) == (409, "CONFLICT")


async def test_logs_come_page_by_page_from_the_end(desk: Any, make_event: Any) -> None:
    deployment = (await _create(desk, await desk.new_version())).json()["deployment_id"]
    await desk.agent.upload(
        *(make_event(seq, "ea_log", deployment_id=deployment, message=f"line {seq}") for seq in range(3, 63))
    )
    newest = await desk.get(f"/deployments/{deployment}/logs")
    older = await desk.get(f"/deployments/{deployment}/logs", cursor=newest.headers["X-Next-Cursor"])
    lines = [line["message"] for line in older.json() + newest.json()]
    assert lines == [f"line {seq}" for seq in range(3, 63)]
    assert "X-Next-Cursor" not in older.headers

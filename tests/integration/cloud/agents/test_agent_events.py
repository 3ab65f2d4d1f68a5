import asyncio
import hashlib
import random
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

from cloud.services import Services


async def _count(services: Services, table: str, desk: Any) -> int:
    async with services.db.as_service() as tx:
        return int(await tx.fetchval(f"select count(*) from {table} where user_id = $1", desk.trader.user_id))


def _fill(number: int) -> dict[str, Any]:
    return {
        "client_order_id": str(UUID(int=number)), "status": "filled", "retcode": 10009, "message": "done",
        "order_id": str(number), "position_id": str(number), "price": "1.1", "lots": "0.01", "units": "1000",
        "instrument": "EURUSD", "side": "BUY",
    }  # fmt: skip


async def test_an_empty_batch_asks_where_to_go_on(desk: Any, make_event: Any) -> None:
    assert await desk.agent.upload() == 0
    assert await desk.agent.upload(make_event(1, "deal")) == 1
    assert await desk.agent.upload() == 1


async def test_a_gap_is_answered_with_what_is_missing(services: Services, desk: Any, make_event: Any) -> None:
    for numbers, stored, missing in (
        ([2], 0, [1, 1]), ([5, 4], 0, [1, 3]), ([1, 2, 6, 9], 2, [3, 5]), ([1], 2, None), ([], 2, None),
    ):  # fmt: skip
        answer = await desk.agent.post("events", {"events": [make_event(number, "deal") for number in numbers]})
        assert answer.json() == {"stored_through": stored, "missing": missing}
    assert await _count(services, "agent_events", desk) == 2


async def test_each_event_counts_once_however_it_arrives(services: Services, desk: Any, make_event: Any) -> None:
    """Duplicates, reordering and uploads in parallel, until everything is stored."""
    events = [make_event(number, "order_outcome", **_fill(number)) for number in range(1, 61)]
    chance = random.Random(7)

    async def uploader() -> None:
        stored = 0
        while stored < len(events):
            start = max(0, stored - chance.randrange(5))
            batch = events[start : start + chance.randrange(1, 15)]
            chance.shuffle(batch)
            stored = await desk.agent.upload(*batch)

    await asyncio.gather(*(uploader() for _ in range(5)))
    assert await _count(services, "agent_events", desk) == 60
    assert await _count(services, "trade_events", desk) == 60


async def test_versions_are_kept_once_and_get_a_free_number(services: Services, desk: Any, make_event: Any) -> None:
    version = await desk.new_version()
    [project] = [row["id"] for row in await desk.rows("select id from ea_projects")]
    again = {"project_id": str(project), "version_number": 1, "source_code": "changed", "sha256": "1" * 64}
    other = uuid4()
    await desk.agent.upload(
        make_event(3, "version_saved", version_id=str(version), **again),
        make_event(4, "version_saved", version_id=str(other), **again),
        make_event(5, "project_saved", project_id=str(project), name="Renamed"),
    )
    rows = await desk.rows("select id, version_number, source_code from ea_versions order by version_number")
    assert [(row["id"], row["version_number"]) for row in rows] == [(version, 1), (other, 2)]
    assert rows[0]["source_code"]["code"] == "void OnTick() {}"
    assert await desk.rows("select name from ea_projects") == [{"name": "Renamed"}]


async def test_compile_results_reach_the_version(desk: Any, make_event: Any) -> None:
    version = await desk.new_version()
    finding = {"line": 3, "column": 1, "severity": "error", "code": 149, "message": "bad", "origin": "metaeditor"}
    outcome = {
        "version_id": str(version), "success": False, "errors": 1, "warnings": 0, "elapsed_ms": 5,
        "diagnostics": [finding], "ex5_sha256": None, "log": "",
    }  # fmt: skip
    await desk.agent.upload(make_event(3, "compile_result", **outcome))
    [found] = await desk.rows("select status, diagnostics from ea_versions")
    assert (found["status"], found["diagnostics"][0]["message"]) == ("error", "bad")


async def test_nothing_of_another_user_can_be_touched(
    services: Services, desk: Any, open_desk: Callable[[], Awaitable[Any]], make_event: Any
) -> None:
    victim = await open_desk()
    version = await victim.new_version()
    [project] = [str(row["id"]) for row in await victim.rows("select id from ea_projects")]
    deployment = str(uuid4())
    running = {"deployment_id": deployment, "version_id": str(version), "symbol": "EURUSD", "status": "running"}
    await victim.agent.upload(make_event(3, "deployment_status", **running))
    stored = await desk.agent.upload(
        make_event(1, "project_saved", project_id=project, name="Stolen"),
        make_event(2, "version_saved", version_id=str(uuid4()), project_id=project, version_number=9,
                   source_code="x", sha256="0" * 64),
        make_event(3, "compile_result", version_id=str(version), success=True, errors=0, warnings=0, elapsed_ms=1,
                   diagnostics=[], ex5_sha256=None, log=""),
        make_event(4, "deployment_status", **(running | {"status": "stopped"})),
        make_event(5, "deployment_status", **(running | {"deployment_id": str(uuid4())})),
        make_event(6, "ea_log", deployment_id=deployment, level="info", message="planted"),
    )  # fmt: skip
    assert stored == 6
    assert await victim.rows("select name from ea_projects") == [{"name": "Breakout"}]
    assert await victim.rows("select status from ea_versions") == [{"status": "draft"}]
    assert (await victim.get(f"/deployments/{deployment}")).json()["status"] == "running"
    assert (await victim.get(f"/deployments/{deployment}/logs")).json() == []
    assert (await desk.get("/deployments")).json() == []
    assert await _count(services, "ea_deployments", desk) == 0


async def test_an_event_that_makes_no_sense_holds_nothing_up(desk: Any, make_event: Any) -> None:
    version = await desk.new_version()
    stored = await desk.agent.upload(
        make_event(3, "order_outcome", status="filled"),
        make_event(4, "version_saved", version_id="no uuid"),
        make_event(5, "invented_later", anything=1),
        make_event(6, "alert", level="error", message="Disk is\x00full") | {"at": "2026-03-02T10:00:00"},
        make_event(7, "deployment_status", deployment_id=str(uuid4()), version_id=str(version), symbol="EURUSD",
                   status="running"),
    )  # fmt: skip
    assert stored == 7
    alerts = (await desk.get("/alerts")).json()
    assert [(row["level"], row["message"]) for row in alerts] == [("error", "Disk is\ufffdfull")]
    assert [row["status"] for row in (await desk.get("/deployments")).json()] == ["running"]


async def test_snapshots_and_local_jobs_show_at_the_cloud(desk: Any, make_event: Any) -> None:
    job = str(uuid4())
    account = {
        "balance": "10000", "equity": "10010", "margin_used": "0", "margin_available": "10010", "currency": "USD",
        "account_number": "1001", "account_type": "demo", "as_of": "2026-03-02T10:00:00+00:00",
    }  # fmt: skip
    await desk.agent.upload(
        make_event(1, "account", **account),
        make_event(2, "positions", positions=[]),
        make_event(3, "job_result", job_id=job, type="compile", status="completed", payload={}, result={"errors": 0}),
    )
    metrics = (await desk.get("/agents")).json()[0]["metrics"]
    assert (metrics["account"]["equity"], metrics["positions"]) == ("10010", [])
    found = (await desk.get(f"/jobs/{job}")).json()
    assert (found["type"], found["status"], found["result"]) == ("compile", "completed", {"errors": 0})


async def test_uploaded_files_are_checked_and_stored(services: Services, desk: Any) -> None:
    version = await desk.new_version()
    data = b"EX5 program"
    url = f"/api/v1/agents/{desk.agent.id}/versions/{version}/artifacts/EX5"
    digest = hashlib.sha256(data).hexdigest()
    damaged = await desk.http.put(url, content=b"EX5 progrm", headers=desk.agent.headers | {"X-Sha256": digest})
    assert (damaged.status_code, damaged.json()["field"]) == (400, "X-Sha256")
    for _ in range(2):
        stored = await desk.http.put(url, content=data, headers=desk.agent.headers | {"X-Sha256": digest})
        assert stored.status_code == 204, stored.text
    [row] = await desk.rows("select kind, sha256, size_bytes, storage_path from ea_artifacts")
    assert (row["kind"], row["sha256"], row["size_bytes"]) == ("EX5", digest, len(data))
    assert row["storage_path"].startswith(f"{desk.trader.user_id}/")
    assert await services.storage.get(row["storage_path"]) == data
    foreign = url.replace(str(version), str(uuid4()))
    refused = await desk.http.put(foreign, content=data, headers=desk.agent.headers | {"X-Sha256": digest})
    assert refused.status_code == 404

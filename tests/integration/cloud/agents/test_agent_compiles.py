from typing import Any

from agent_core.protocol.jobs import BacktestPayload


async def test_a_compile_job_leads_to_status_and_diagnostics(desk: Any) -> None:
    version = await desk.new_version()
    created = await desk.post(f"/ea/versions/{version}/compile", {"agent_id": str(desk.agent.id)})
    assert created.status_code == 201, created.text
    job = await desk.agent.poll()
    assert (job.type, job.payload["source_code"]) == ("compile", "void OnTick() {}")
    finding = {"line": 1, "column": 1, "severity": "warning", "code": 43, "message": "loss", "origin": "metaeditor"}
    outcome = {
        "version_id": str(version), "success": True, "errors": 0, "warnings": 1, "elapsed_ms": 5,
        "diagnostics": [finding], "ex5_sha256": "0" * 64, "log": "",
    }  # fmt: skip
    assert (await desk.agent.report(job, result=outcome)).status_code == 200
    found = (await desk.get(f"/ea/versions/{version}")).json()
    assert (found["status"], found["diagnostics"][0]["message"]) == ("compiled", "loss")


async def test_a_compile_job_that_failed_before_the_compiler_ran_leaves_the_version_alone(desk: Any) -> None:
    version = await desk.new_version()
    await desk.post(f"/ea/versions/{version}/compile")
    job = await desk.agent.poll()
    await desk.agent.report(job, "failed", error_code="BROKER_UNAVAILABLE", error_detail="MetaEditor was not found.")
    found = (await desk.get(f"/ea/versions/{version}")).json()
    assert (found["status"], found["diagnostics"]) == ("draft", [])


async def test_a_version_is_tested_in_the_agents_strategy_tester(desk: Any) -> None:
    version = await desk.new_version()
    days = {"from_date": "2026-01-05", "to_date": "2026-02-02"}
    body = {"symbol": "EURUSD", **days, "inputs": {"RiskPercent": "1"}}
    created = await desk.post(f"/ea/versions/{version}/test", body)
    assert created.status_code == 201, created.text
    job = await desk.agent.poll()
    assert job.type == "test"
    payload = BacktestPayload.model_validate(job.payload)
    assert payload.compile is not None
    assert (payload.version_id, payload.compile.source_code) == (version, "void OnTick() {}")
    assert (str(payload.from_date), payload.model, payload.inputs) == ("2026-01-05", "m1_ohlc", {"RiskPercent": "1"})
    await desk.agent.report(job, result={"trades": 12})
    found = (await desk.get(f"/jobs/{created.json()['job_id']}")).json()
    assert (found["status"], found["result"]) == ("completed", {"trades": 12})
    back = {"from_date": days["to_date"], "to_date": days["from_date"]}
    wrong = await desk.post(f"/ea/versions/{version}/test", body | back)
    assert (wrong.status_code, wrong.json()["field"]) == (400, "to_date")

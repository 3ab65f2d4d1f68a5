from typing import Any


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

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

from cloud.services import Services


async def _running(desk: Any, make_event: Any) -> str:
    version, deployment = await desk.new_version(), str(uuid4())
    await desk.agent.upload(
        make_event(3, "deployment_status", deployment_id=deployment, version_id=str(version), symbol="EURUSD",
                   status="running"),
    )  # fmt: skip
    return deployment


async def _status(desk: Any, deployment: str) -> tuple[str, str]:
    agent = (await desk.get("/agents")).json()[0]["status"]
    return agent, (await desk.get(f"/deployments/{deployment}")).json()["status"]


async def _age(services: Services, desk: Any, seconds: float) -> None:
    """Lets the agent's last contact be so long ago."""
    async with services.db.as_service() as tx:
        await tx.execute(
            "update mt5_agents set last_seen_at = now() - $2::interval where id = $1",
            desk.agent.id, timedelta(seconds=seconds),
        )  # fmt: skip


async def test_silence_turns_offline_then_alerts_once_and_a_return_heals(
    services: Services, desk: Any, make_event: Any
) -> None:
    deployment = await _running(desk, make_event)
    await services.presence.sweep()
    assert await _status(desk, deployment) == ("online", "running")

    await _age(services, desk, 120)
    await services.presence.sweep()
    assert await _status(desk, deployment) == ("offline", "offline")
    assert (await desk.get("/alerts")).json() == []

    await _age(services, desk, 700)
    await services.presence.sweep()
    await services.presence.sweep()
    [alert] = (await desk.get("/alerts")).json()
    assert (alert["kind"], alert["resolved_at"]) == ("agent_offline", None)
    assert "VPS has been offline since" in alert["message"]

    await desk.agent.beat(deployments=[{"deployment_id": deployment, "status": "running"}], metrics={"cpu": 3})
    assert await _status(desk, deployment) == ("online", "running")
    assert (await desk.get("/alerts", unresolved=True)).json() == []
    assert (await desk.get("/alerts")).json()[0]["resolved_at"] is not None
    assert (await desk.get("/agents")).json()[0]["metrics"]["cpu"] == 3


async def test_a_poll_is_a_sign_of_life_too(services: Services, desk: Any) -> None:
    await desk.agent.beat()
    await _age(services, desk, 120)
    await services.presence.sweep()
    await desk.agent.poll()
    assert (await desk.get("/agents")).json()[0]["status"] == "online"


async def test_a_running_ea_without_heartbeats_is_offline_though_its_agent_is_there(
    services: Services, desk: Any, make_event: Any
) -> None:
    deployment = await _running(desk, make_event)
    services.presence.times = replace(services.presence.times, heartbeat_overdue=0)
    await services.presence.sweep()
    assert await _status(desk, deployment) == ("online", "offline")


async def test_an_agent_that_says_goodbye_raises_no_alert_unless_eas_run(
    services: Services, desk: Any, make_event: Any
) -> None:
    await desk.agent.beat(status="stopping")
    await _age(services, desk, 700)
    await services.presence.sweep()
    assert (await desk.get("/agents")).json()[0]["status"] == "offline"
    assert (await desk.get("/alerts")).json() == []
    await _running(desk, make_event)
    await desk.agent.beat(status="stopping")
    await _age(services, desk, 700)
    await services.presence.sweep()
    assert len((await desk.get("/alerts")).json()) == 1


async def test_heartbeats_change_only_the_agents_own_deployments(desk: Any, open_desk: Any, make_event: Any) -> None:
    deployment = await _running(desk, make_event)
    other = await open_desk()
    answer = await other.agent.beat(
        deployments=[{"deployment_id": deployment, "status": "stopped"}, {"deployment_id": deployment, "status": "odd"}]
    )
    assert answer.status_code == 200
    assert await _status(desk, deployment) == ("online", "running")

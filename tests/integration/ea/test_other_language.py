"""A terminal whose window and journal speak another language than English."""

from typing import Any
from uuid import uuid4

import pytest

from agent_core.protocol.errors import ForexEliteError
from agent_core.protocol.jobs import DeployPayload

#: An EA of somebody else's: it gives no heartbeat, so only chart and journal tell of it.
FOREIGN = "int OnInit() { return INIT_SUCCEEDED; }\nvoid OnTick() { }\n"


async def test_an_ea_is_seen_to_start_and_to_refuse_in_any_language(world: Any) -> None:
    await world.connect()
    world.control(language="German")
    ea = world.ea
    version = ea.save_version(ea.create_project("Fremd").id, FOREIGN)
    deployment = await ea.deploy(
        DeployPayload(deployment_id=uuid4(), version_id=version.id, symbol="EURUSD", timeframe="H1")
    )
    world.control(failing_inits=[deployment.expert])
    with pytest.raises(ForexEliteError, match="refused to start"):
        await ea.start(deployment.id)
    world.control(failing_inits=[])
    assert (await ea.start(deployment.id)).status == "running"
    assert (await ea.stop(deployment.id)).status == "stopped"
    (journal,) = (world.data_folder / "logs").glob("2*.log")
    text = journal.read_text(encoding="utf-16")
    assert "erfolgreich geladen" in text
    assert f"expert {deployment.expert}" not in text

"""From a source to a running EA and back, in a simulated terminal that is watched from outside."""

import errno
import json
import os
import signal
from importlib import resources
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from agent_core.ea.artifacts import file_sha256
from agent_core.ea.events import EaLogged, VersionCompiled
from agent_core.ea.models import EaDeployment, EaVersion
from agent_core.ea.service import EaService
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.jobs import DeployPayload

SOURCE = (
    resources.files("resources").joinpath("mql5", "templates", "moving_average_cross.mq5").read_text(encoding="utf-8")
)


def saved(ea: EaService, source: str = SOURCE) -> EaVersion:
    return ea.save_version(ea.create_project("Größe & Trend").id, source)


async def deployed(world: Any, **changes: Any) -> EaDeployment:
    version = saved(world.ea)
    payload = {"deployment_id": uuid4(), "version_id": version.id, "symbol": "EURUSD", "timeframe": "M5", **changes}
    found: EaDeployment = await world.ea.deploy(DeployPayload.model_validate(payload))
    return found


def charts(world: Any, instance: str) -> list[dict[str, Any]]:
    return [found for found in world.truth()["charts"] if found.get("instance") == instance]


async def test_compile_deploy_start_beat_stop(world: Any) -> None:
    await world.connect()
    ea: EaService = world.ea
    built: list[VersionCompiled] = []
    keep = world.bus.subscribe(VersionCompiled, built.append)
    version = saved(ea)
    outcome = await ea.compile(version.id)
    assert (outcome.success, outcome.errors, ea.version(version.id).status) == (True, 0, "compiled")
    files = {made.kind: made for made in built[0].artifacts}
    assert set(files) == {"MQ5", "EX5", "SOURCE_ZIP"}
    assert files["EX5"].sha256 == outcome.ex5_sha256 == file_sha256(files["EX5"].path)
    again = await ea.compile(version.id)
    assert (again.ex5_sha256, again.elapsed_ms) == (outcome.ex5_sha256, 0)

    payload = DeployPayload(
        deployment_id=uuid4(), version_id=version.id, symbol="EURUSD", timeframe="M5", allow_trading=True
    )
    deployment = await ea.deploy(payload)
    program = world.data_folder / "MQL5" / "Experts" / "ForexElitePro" / f"{deployment.expert}.ex5"
    assert file_sha256(program) == outcome.ex5_sha256
    assert version.sha256[:16] in deployment.expert
    assert (deployment.status, charts(world, deployment.instance)) == ("deployed", [])

    running = await ea.start(deployment.id)
    assert running.status == "running"
    assert running.beat is not None
    assert running.beat.trade_allowed
    assert (await ea.start(deployment.id)).status == "running"
    shown = charts(world, deployment.instance)
    assert [(found["symbol"], found["timeframe"], found["expert"]) for found in shown] == [
        ("EURUSD", "M5", deployment.expert)
    ]
    first = running.last_beat
    await world.until(lambda: ea.deployments()[0].last_beat != first)
    assert any("loaded successfully" in line.message for line in ea.logs(deployment.id))

    stopped = await ea.stop(deployment.id)
    assert (stopped.status, stopped.desired, charts(world, deployment.instance)) == ("stopped", "stopped", [])
    await world.until(lambda: any("removed" in line.message for line in ea.logs(deployment.id)))
    assert {"project_saved", "version_saved", "compile_result", "deployment_status", "ea_log"} <= set(world.kinds())
    assert keep is not None


async def test_a_program_that_was_exchanged_since_is_not_run(world: Any) -> None:
    await world.connect()
    deployment = await deployed(world)
    program = world.data_folder / "MQL5" / "Experts" / "ForexElitePro" / f"{deployment.expert}.ex5"
    wanted = program.read_bytes()
    program.write_bytes(b"something else")
    assert (await world.ea.start(deployment.id)).status == "running"
    assert program.read_bytes() == wanted
    await world.ea.stop(deployment.id)
    program.unlink()
    assert (await world.ea.start(deployment.id)).status == "running"
    assert program.read_bytes() == wanted


async def test_errors_of_the_source_are_an_outcome(world: Any) -> None:
    await world.connect()
    version = saved(world.ea, SOURCE.replace(";", "", 1) + "\nint x")
    outcome = await world.ea.compile(version.id)
    assert (outcome.success, outcome.ex5_sha256) == (False, None)
    assert outcome.errors == len(outcome.diagnostics) > 0
    assert outcome.diagnostics[0].code == 154
    assert outcome.diagnostics[0].file is None
    assert world.ea.version(version.id).status == "error"
    with pytest.raises(ForexEliteError, match="does not compile") as refused:
        await world.ea.deploy(DeployPayload(deployment_id=uuid4(), version_id=version.id, symbol="EURUSD"))
    assert refused.value.code is ErrorCode.COMPILE_FAILED


async def test_an_ea_that_refuses_to_start(world: Any) -> None:
    await world.connect()
    deployment = await deployed(world)
    world.control(failing_inits=[deployment.expert])
    with pytest.raises(ForexEliteError):
        await world.ea.start(deployment.id)
    found = world.ea.deployments()[0]
    assert (found.status, found.desired) == ("error", "running")
    assert found.last_error
    assert charts(world, deployment.instance) == []
    world.control(failing_inits=[])
    assert (await world.ea.start(deployment.id)).status == "running"


async def test_wrong_inputs_symbols_and_ids(world: Any) -> None:
    await world.connect()
    with pytest.raises(ForexEliteError) as refused:
        await deployed(world, inputs={"bad name": "1"})
    assert refused.value.field == "inputs"
    with pytest.raises(ForexEliteError) as refused:
        await deployed(world, symbol="NOSUCH")
    assert refused.value.code is ErrorCode.UNKNOWN_INSTRUMENT
    for method in (world.ea.start, world.ea.stop):
        with pytest.raises(ForexEliteError) as refused:
            await method(uuid4())
        assert refused.value.code is ErrorCode.NOT_FOUND


async def test_trading_switched_off_is_refused_before_the_start(world: Any) -> None:
    await world.connect()
    deployment = await deployed(world, allow_trading=True)
    world.control(auto_trading=False)
    await world.until(lambda: world.ea.bridge.state == "trading_off")
    with pytest.raises(ForexEliteError) as refused:
        await world.ea.start(deployment.id)
    assert refused.value.code is ErrorCode.ALGO_TRADING_DISABLED


async def test_the_kill_switch_stops_what_is_known_and_what_is_not(world: Any) -> None:
    await world.connect()
    first, second = await deployed(world), await deployed(world, symbol="GBPUSD")
    await world.ea.start(first.id)
    await world.ea.start(second.id)
    world.store.execute("DELETE FROM ea_logs")
    world.store.execute("DELETE FROM ea_deployments WHERE id = ?", (str(second.id),))
    await world.ea.close()
    world.ea = EaService(world.settings, world.store, world.bus, world.events, world.terminal)
    await world.ea.attach(await world.install())
    assert await world.ea.stop_all() == (2, [])
    assert [found for found in world.truth()["charts"] if found.get("instance")] == []


async def test_a_killed_terminal_and_a_new_agent_find_each_other_again(world: Any) -> None:
    await world.connect()
    deployment = await deployed(world)
    await world.ea.start(deployment.id)
    os.kill(world.truth()["pid"], signal.SIGKILL)
    await world.until(lambda: world.ea.bridge.state == "lost")
    await world.until(lambda: world.ea.deployments()[0].status == "offline")
    with pytest.raises(ForexEliteError) as refused:
        await world.ea.stop(deployment.id)
    assert refused.value.code is ErrorCode.BROKER_UNAVAILABLE
    world.ea._deployments.update(deployment.id, desired="running")
    await world.close()
    world.open()
    assert world.ea.deployments()[0].status == "offline"
    await world.connect()
    # Chart profiles are saved as they change, so the EA comes back by itself and is recognised.
    await world.until(lambda: world.ea.deployments()[0].status == "running")
    assert len(charts(world, deployment.instance)) == 1


async def test_lines_of_an_ea_while_nobody_watched_are_read_later(world: Any) -> None:
    await world.connect()
    deployment = await deployed(world)
    await world.ea.start(deployment.id)
    await world.ea.close()
    heard: list[EaLogged] = []
    keep = world.bus.subscribe(EaLogged, heard.append)
    text = f"QQ\t3\t12:00:00.000\t{deployment.expert} (EURUSD,M5)\tNachts geschrieben ü\r\n"
    folder = world.data_folder / "MQL5" / "Logs"
    (folder / "29990101.log").write_bytes(b"\xff\xfe" + text.encode("utf-16-le"))
    world.ea = EaService(world.settings, world.store, world.bus, world.events, world.terminal)
    await world.ea.attach(await world.install())
    found = next(line for line in heard if "Nachts" in line.message)
    assert (found.deployment_id, found.level) == (deployment.id, "error")
    assert keep is not None


async def test_a_half_written_status_changes_nothing(world: Any) -> None:
    await world.connect()
    status = world.data_folder / "MQL5" / "Files" / "FEP" / "status.json"
    whole = json.loads(status.read_bytes())
    status.write_bytes(b'{"v": 1, "ts_utc')
    await world.ea._watcher.look()
    assert world.ea.bridge.state == "connected"
    assert whole["v"] == 1


async def test_a_full_disk_and_a_tampered_compile_are_told_and_nothing_runs(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.connect()
    version = saved(world.ea)

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        with pytest.raises(ForexEliteError, match="No space left on device") as refused:
            await world.ea.compile(version.id)
    assert refused.value.code is ErrorCode.COMPILE_FAILED
    outcome = await world.ea.compile(version.id)
    assert outcome.success
    (program,) = (world.settings.data_folder / "compiles").glob("*/*.ex5")
    program.write_bytes(b"another program")
    again = await world.ea.compile(version.id)
    assert again.success
    assert again.elapsed_ms != 0  # the changed one was not used: MetaEditor compiled anew


async def test_the_kill_switch_names_eas_of_another_terminal(world: Any, tmp_path: Path) -> None:
    await world.connect()
    there, gone = await deployed(world), await deployed(world, symbol="GBPUSD")
    change = "UPDATE ea_deployments SET desired = 'running', terminal = ? WHERE id = ?"
    for folder, deployment in ((tmp_path, there), (tmp_path / "removed", gone)):
        world.store.execute(change, (str(folder), str(deployment.id)))
    await world.ea.close()
    world.ea = EaService(world.settings, world.store, world.bus, world.events, world.terminal)
    await world.ea.attach(await world.install())
    stopped, failed = await world.ea.stop_all()
    assert stopped == 0
    assert [sentence.partition(": ")[2][:27] for sentence in failed] == ["it runs in another terminal"]
    with pytest.raises(ForexEliteError, match="another terminal"):
        await world.ea.stop(there.id)


async def test_a_sign_of_life_meanwhile_is_no_other_ea(world: Any) -> None:
    await world.connect()
    deployment = await deployed(world)
    await world.ea.start(deployment.id)
    await world.until(lambda: world.ea.deployments()[0].last_beat)
    world.ea._deployments.update(deployment.id, beat=None, last_beat=None)  # it comes again while the EA is stopped
    assert await world.ea.stop_all() == (1, [])

"""The whole agent on a simulated terminal: jobs change what the terminal itself says, and a crash changes nothing."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from keyring.backends.null import Keyring

from agent_core.agent import Agent
from agent_core.credentials import Credentials
from agent_core.jobs.models import JobOutcome
from agent_core.programs import command_for
from agent_core.protocol.errors import ErrorCode
from agent_core.protocol.jobs import (
    BacktestOutcome,
    BacktestPayload,
    CancelPayload,
    CloseAllPayload,
    ClosePayload,
    DeploymentPayload,
    DeployPayload,
    JobStatus,
    JobType,
    ModifyPayload,
    OrderPayload,
    ProbePayload,
)
from agent_core.settings import AgentSettings
from agent_core.sync.events import AlertRaised
from agent_core.trading.close_all import part_id
from agent_core.trading.risk_state import RiskStateStore


def simulator(root: Path, verb: str, *arguments: str) -> Any:
    command = [*command_for("simulator"), verb, "--root", str(root), *arguments]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True, timeout=60)
    return json.loads(done.stdout)


async def until(condition: Callable[[], Any], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "The condition did not come true in time."
        await asyncio.sleep(0.02)


@pytest.fixture
async def settings(tmp_path: Path) -> AsyncIterator[AgentSettings]:
    root = tmp_path / "Größe x"
    facts = await asyncio.to_thread(simulator, root, "install", "--seed", "5", "--idle-exit", "30", "--with-bridge")
    yield AgentSettings(
        data_folder=root / "dätä",
        roaming_folder=Path(facts["roaming"]),
        whole_computer=False,
        mt5_module="agent_core.simulator.mt5",
        launcher=command_for("simulator"),
    )
    with contextlib.suppress(subprocess.CalledProcessError):
        await asyncio.to_thread(simulator, root, "control", '{"quit": true}')


async def begin(settings: AgentSettings) -> Agent:
    agent = Agent(settings, credentials=Credentials(settings.data_folder, Keyring()))
    await agent.start()
    if agent.terminal.install is None:
        await agent.terminal.connect((await agent.terminal.discover())[0])
    await until(lambda: agent.terminal.connected and agent.ea.bridge.state == "connected")
    return agent


@pytest.fixture
async def agent(settings: AgentSettings) -> AsyncIterator[Agent]:
    agent = await begin(settings)
    yield agent
    await agent.stop()


def truth(agent: Agent) -> Any:
    return simulator(agent.settings.data_folder.parent, "state")


async def order(agent: Agent, **changes: Any) -> JobOutcome:
    facts = {"client_order_id": uuid4(), "instrument": "EURUSD", "side": "BUY", "units": Decimal(10_000), **changes}
    payload = OrderPayload.model_validate(facts)
    return await agent.jobs.run(JobType.ORDER, payload, job_id=payload.client_order_id)


async def test_an_order_is_opened_moved_and_closed(agent: Agent) -> None:
    opened = await order(agent)
    assert (opened.status, opened.result["lots"], opened.result["units"]) == (JobStatus.COMPLETED, "0.1", "10000")
    position_id = opened.result["position_id"]
    again = await order(agent, client_order_id=opened.job_id)
    assert again == opened
    assert [str(found["ticket"]) for found in truth(agent)["positions"]] == [position_id]

    stop = (Decimal(opened.result["fill_price"]) - Decimal("0.01")).quantize(Decimal("0.00001"))
    moved = await agent.jobs.run(JobType.MODIFY, ModifyPayload(position_id=position_id, sl=stop, keep=["tp"]))
    assert moved.status is JobStatus.COMPLETED
    probed = await agent.jobs.run(JobType.PROBE, ProbePayload(what="positions"))
    (position,) = probed.result["positions"]
    assert (position["instrument"], Decimal(position["sl"]), position["tp"]) == ("EURUSD", stop, None)
    assert position["owner"] == "manual"

    part = await agent.jobs.run(JobType.CLOSE, ClosePayload(position_id=position_id, units=Decimal(4_000)))
    assert (part.result["lots"], Decimal(part.result["pnl"]) != 0) == ("0.04", True)
    assert [found["volume"] for found in truth(agent)["positions"]] == [pytest.approx(0.06)]
    rest = await agent.jobs.run(JobType.CLOSE, ClosePayload(position_id=position_id))
    assert rest.status is JobStatus.COMPLETED
    gone = await agent.jobs.run(JobType.CLOSE, ClosePayload(position_id=position_id))
    assert gone.error_code is ErrorCode.NOT_FOUND
    assert {"order_intent", "order_outcome", "job_result"} <= {event.kind for event in agent.events.pending()}


async def test_nothing_meant_for_another_account_is_done(agent: Agent) -> None:
    own = str(truth(agent)["account"]["login"])
    opened = await order(agent, account_number=own)
    position_id = opened.result["position_id"]
    foreign = {"account_number": "2002"}
    refused = [
        await order(agent, **foreign),
        await agent.jobs.run(JobType.MODIFY, ModifyPayload(position_id=position_id, sl=Decimal(1), **foreign)),
        await agent.jobs.run(JobType.CLOSE, ClosePayload(position_id=position_id, **foreign)),
        await agent.jobs.run(JobType.CANCEL, CancelPayload(order_id="1", **foreign)),
        await agent.jobs.run(JobType.CLOSE_ALL, CloseAllPayload(**foreign)),
        await agent.jobs.run(JobType.START, DeploymentPayload(deployment_id=uuid4(), **foreign)),
    ]
    for outcome in refused:
        assert (outcome.status, outcome.error_code) == (JobStatus.FAILED, ErrorCode.BROKER_UNAVAILABLE)
        assert f"meant for account 2002, but MetaTrader is signed in to account {own}" in (outcome.error_detail or "")
    assert [str(found["ticket"]) for found in truth(agent)["positions"]] == [position_id]


async def test_a_closing_asked_for_again_is_not_done_again(agent: Agent) -> None:
    position_id = (await order(agent)).result["position_id"]
    for units, left in ((Decimal(4_000), [0.06]), (None, [])):
        payload = ClosePayload(position_id=position_id, units=units, client_order_id=uuid4())
        first = await agent.jobs.run(JobType.CLOSE, payload)
        again = await agent.jobs.run(JobType.CLOSE, payload)
        assert (again.job_id != first.job_id, again.result) == (True, first.result)
        assert [found["volume"] for found in truth(agent)["positions"]] == [pytest.approx(lots) for lots in left]


async def test_positions_close_each_other_and_are_turned_round(agent: Agent) -> None:
    long, short = [await order(agent, side=side) for side in ("BUY", "SELL")]
    ids = [found.result["position_id"] for found in (long, short)]
    both = ClosePayload(position_id=ids[0], opposite_position_id=ids[1], reverse=True)
    assert (await agent.jobs.run(JobType.CLOSE, both)).error_code is ErrorCode.VALIDATION_ERROR
    closed = await agent.jobs.run(JobType.CLOSE, ClosePayload(position_id=ids[0], opposite_position_id=ids[1]))
    assert closed.status is JobStatus.COMPLETED, closed.error_detail
    assert await agent.terminal.positions() == []
    held = await order(agent)
    payload = ClosePayload(position_id=held.result["position_id"], reverse=True, client_order_id=uuid4())
    turned = await agent.jobs.run(JobType.CLOSE, payload)
    assert turned.result["message"].startswith("Closed 0.1 EURUSD at ")
    assert (await agent.jobs.run(JobType.CLOSE, payload)).result["position_id"] == turned.result["position_id"]
    assert [found.side for found in await agent.terminal.positions()] == ["SELL"]


async def test_stops_are_given_as_pips_or_money(agent: Agent) -> None:
    levels = {"sl": Decimal(50), "sl_mode": "PIPS", "tp": Decimal(100), "tp_mode": "MONEY"}
    opened = await order(agent, **levels)
    assert opened.status is JobStatus.COMPLETED, opened.error_detail
    (held,) = await agent.terminal.positions()
    assert held.sl is not None
    assert held.tp is not None
    # the quote may move by some points on the way
    assert held.price_open - held.sl == pytest.approx(0.0050, abs=0.0003)
    assert held.tp - held.price_open == pytest.approx(0.0100, abs=0.0003)


async def test_a_kill_switch_cut_off_says_what_was_done_and_what_not(agent: Agent) -> None:
    opened = [await order(agent) for _ in range(3)]
    job_id, payload = uuid4(), CloseAllPayload(stop_eas=False)
    # As far as a process came that was killed then.
    agent.jobs._jobs.begin(job_id, JobType.CLOSE_ALL, payload.model_dump(mode="json"), origin="local", attempt=0,
                           not_after=None)  # fmt: skip
    first = int(opened[0].result["position_id"])
    await agent.desk.close_position(first, client_id=part_id(job_id, first, 1))
    alerts: list[str] = []
    keep = agent.bus.subscribe(AlertRaised, lambda event: alerts.append(event.message))
    (told,) = await agent.jobs.recover(connected=True)
    assert told.error_detail in alerts
    assert "Done by then: 1 position closed, 0 orders cancelled. Still there: 2 positions." in str(told.error_detail)
    assert keep


async def test_a_pending_order_is_placed_moved_and_cancelled(agent: Agent) -> None:
    bid = Decimal(str(truth(agent)["ticks"]["EURUSD"]["bid"])).quantize(Decimal("0.00001"))
    placed = await order(agent, type="LIMIT", price=bid - Decimal("0.02"), sl=bid - Decimal("0.03"))
    assert (placed.status, placed.result["fill_price"]) == (JobStatus.COMPLETED, None)
    order_id = placed.result["order_id"]
    price = bid - Decimal("0.021")
    moved = await agent.jobs.run(JobType.MODIFY, ModifyPayload(order_id=order_id, price=price, keep=["sl", "tp"]))
    assert moved.status is JobStatus.COMPLETED
    (found,) = (await agent.jobs.run(JobType.PROBE, ProbePayload(what="orders"))).result["orders"]
    assert (Decimal(found["price"]), Decimal(found["sl"])) == (price, bid - Decimal("0.03"))
    cancelled = await agent.jobs.run(JobType.CANCEL, CancelPayload(order_id=order_id))
    assert (cancelled.status, truth(agent)["orders"]) == (JobStatus.COMPLETED, [])


async def test_the_kill_switch(agent: Agent) -> None:
    await order(agent)
    await order(agent, side="SELL", instrument="GBPUSD")
    outcome = await agent.jobs.run(JobType.CLOSE_ALL, CloseAllPayload())
    assert outcome.result == {"closed_positions": 2, "cancelled_orders": 0, "stopped_eas": 0, "failed": []}
    assert truth(agent)["positions"] == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"instrument": "NOSUCH"}, ErrorCode.UNKNOWN_INSTRUMENT),
        ({"units": Decimal(1)}, ErrorCode.INVALID_VOLUME),
        ({"lots": Decimal(1)}, ErrorCode.VALIDATION_ERROR),
        ({"sl": Decimal(5)}, ErrorCode.INVALID_STOPS),
    ],
)
async def test_refusals_are_told_by_code(agent: Agent, changes: dict[str, Any], code: ErrorCode) -> None:
    outcome = await order(agent, **changes)
    assert (outcome.status, outcome.error_code) == (JobStatus.FAILED, code)
    assert outcome.error_detail
    assert truth(agent)["positions"] == []


async def test_a_strategy_test_is_a_job_with_figures_as_its_result(agent: Agent) -> None:
    source = resources.files("resources").joinpath("mql5", "templates", "donchian_trend.mq5").read_text("utf-8")
    version = agent.ea.save_version(agent.ea.create_project("Donchian").id, source)
    day = datetime.now(UTC).date()
    payload = BacktestPayload(
        version_id=version.id, symbol="EURUSD", from_date=day - timedelta(days=60), to_date=day - timedelta(days=30)
    )
    outcome = await agent.jobs.run(JobType.TEST, payload)
    assert outcome.status is JobStatus.COMPLETED, outcome.error_detail
    result = BacktestOutcome.model_validate(outcome.result)
    assert result.trades > 0
    assert result.curve[-1].balance == result.deposit + result.net_profit
    assert truth(agent)["positions"] == []


async def test_reads(agent: Agent) -> None:
    async def probe(**payload: Any) -> JobOutcome:
        return await agent.jobs.run(JobType.PROBE, ProbePayload.model_validate(payload))

    account = (await probe(what="account")).result
    assert (account["balance"], account["account_type"]) == ("10000.00", "demo")
    candles = (await probe(what="candles", instrument="EURUSD", timeframe="M5", count=20)).result["candles"]
    assert len(candles) == 20
    assert candles == sorted(candles, key=lambda bar: bar["time"])
    assert (await probe(what="candles")).error_code is ErrorCode.VALIDATION_ERROR
    assert all(found["allowed"] for found in (await probe(what="permissions")).result["permissions"])
    beat = agent.heartbeat()
    assert beat.metrics["account"]["account_number"] == str(truth(agent)["account"]["login"])
    assert (beat.metrics["terminal"]["state"], beat.metrics["bridge"]["state"]) == ("connected", "connected")


async def test_an_order_cut_off_by_a_crash_is_found_out_not_repeated(settings: AgentSettings) -> None:
    agent = await begin(settings)
    opened = await order(agent)
    agent.store.execute("UPDATE jobs SET status = 'in_progress', origin = 'cloud' WHERE id = ?", (str(opened.job_id),))
    unsent = uuid4()
    payload = OrderPayload(client_order_id=unsent, instrument="EURUSD", side="BUY", units=Decimal(10_000))
    agent.jobs._jobs.begin(
        unsent, JobType.ORDER, payload.model_dump(mode="json"), origin="cloud", attempt=1, not_after=None
    )
    await agent.stop()
    again = await begin(settings)
    await until(lambda: len(again.jobs.unreported()) == 2)
    found = {record.id: record.outcome for record in again.jobs.unreported()}
    assert found[opened.job_id] == opened
    assert "nothing was done" in (found[unsent].error_detail or "")
    assert len(truth(again)["positions"]) == 1
    await again.stop()


async def test_the_headless_agent_runs_and_stops_cleanly(settings: AgentSettings) -> None:
    agent = await begin(settings)
    await agent.stop()
    environment = {
        **os.environ,
        "FOREXELITE_DATA_FOLDER": str(settings.data_folder),
        "FOREXELITE_ROAMING_FOLDER": str(settings.roaming_folder),
        "FOREXELITE_WHOLE_COMPUTER": "false",
        "FOREXELITE_MT5_MODULE": settings.mt5_module,
        "FOREXELITE_LAUNCHER": json.dumps(settings.launcher),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "PYTHONIOENCODING": "utf-8",
    }
    process = await asyncio.create_subprocess_exec(
        *command_for("agent"), "run", env=environment, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    lines: list[str] = []
    async with asyncio.timeout(60):
        while not any(line.startswith("Terminal: connected") for line in lines):
            lines.append((await process.stdout.readline()).decode())
            assert lines[-1], lines
    process.send_signal(signal.SIGTERM if sys.platform != "win32" else signal.CTRL_BREAK_EVENT)
    rest, _ = await asyncio.wait_for(process.communicate(), 30)
    assert (process.returncode, "The agent has stopped." in rest.decode()) == (0, True)
    text = (settings.data_folder / "logs" / "agent.log").read_text(encoding="utf-8")
    assert "The agent runs" in text

    pairing = await asyncio.create_subprocess_exec(
        *command_for("agent"), "pair", "--cloud", "http://127.0.0.1:9", "--agent-id", str(uuid4()),
        env=environment, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    await pairing.communicate(b"a secret key\n")
    status = await asyncio.create_subprocess_exec(
        *command_for("agent"), "status", env=environment, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await status.communicate()
    answer = json.loads(out)
    assert (pairing.returncode, status.returncode, answer["cloud"]) == (0, 0, "http://127.0.0.1:9")
    assert answer["queued_events"] > 0
    assert "secret" not in out.decode()


async def test_an_ea_that_may_trade_needs_an_armed_account_that_is_not_locked(agent: Agent) -> None:
    source = resources.files("resources").joinpath("mql5", "templates", "moving_average_cross.mq5").read_text("utf-8")
    version = agent.ea.save_version(agent.ea.create_project("Trend").id, source)
    account, lock = agent.terminal.account, {"rule": "daily_loss", "message": "Today's loss has reached your limit."}
    assert account is not None
    agent.desk.disarm()
    outcomes = []
    for allowed, arm in ((True, False), (False, False), (True, True)):
        if arm:
            agent.desk.arm()
            RiskStateStore(agent.store).change(
                f"{account.login}@{account.server}", lambda state: state.model_copy(update=lock)
            )
        wanted = DeployPayload(
            deployment_id=uuid4(), version_id=version.id, symbol="EURUSD", timeframe="M5", allow_trading=allowed
        )
        deployment = await agent.ea.deploy(wanted)
        start = DeploymentPayload(deployment_id=deployment.id)
        outcomes.append(await agent.jobs.run(JobType.START, start, origin="cloud", attempt=1))
    assert (outcomes[0].status, outcomes[0].error_code) == (JobStatus.FAILED, ErrorCode.NOT_ARMED)
    assert outcomes[1].status is JobStatus.COMPLETED
    assert (outcomes[2].status, outcomes[2].error_code) == (JobStatus.FAILED, ErrorCode.RISK_LIMIT)
    assert outcomes[2].error_detail == "This EA may trade, but: Today's loss has reached your limit."

"""Kill -9 in the middle of work: nothing is lost, nothing happens twice, the next start works."""

import asyncio
import json
import os
import signal
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import psutil
import pytest

from agent_core.mql.templates import strategy_templates

LOT = 100_000
KEPT_ENDS = {"settled", "lost"}
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
Until = Callable[..., Any]


@pytest.fixture
def working(new_app: Callable[[Path], Any], tmp_path: Path, until: Until) -> Any:
    """A demo with a position open and an Expert Advisor running on a chart."""
    app = new_app(tmp_path / "Händler 1")
    app.start()
    _order(app, uuid4().hex)
    _run_ea(app, until)
    return app


def test_killed_window(working: Any, until: Until) -> None:
    app = working
    before, session = app.truth(), app.session
    keys = [uuid4().hex for _ in range(6)]
    with ThreadPoolExecutor(len(keys)) as phones:
        asked = [phones.submit(_order, app, key) for key in keys]
        until("an order is under way", lambda: len(app.truth()["positions"]) > len(before["positions"]), every=0.01)
        app.kill()
        acknowledged = [key for key, order in zip(keys, asked, strict=True) if _answer(order) is not None]
    app.start()
    assert app.session != session, "The demo trader signed in again by itself"
    _check_orders(app, until)
    # The phone asks again for what it got no answer to: the first asking counts.
    _repeat(app, keys, until)
    _check_orders(app, until)
    assert len(app.truth()["positions"]) <= len(before["positions"]) + len(keys)
    assert len(app.truth()["positions"]) >= len(before["positions"]) + max(1, len(acknowledged))
    _check_deployment(app, until)
    _check_events(app, until)
    app.stop()


def test_killed_services(working: Any, until: Until) -> None:
    """Terminal, database and cloud one after the other under one running window."""
    app = working
    _kill_terminal(app, until)
    _kill_database(app, until)
    app.helper("cloud.cli").kill()
    app.stop()
    # The next start takes the database over that its dead owner left running.
    app.start()
    _check_orders(app, until)
    _check_deployment(app, until)
    _check_events(app, until)
    app.stop()


def _kill_terminal(app: Any, until: Until) -> None:
    before = app.truth()
    key = uuid4().hex
    app.control(fault={"call": "order_send", "kind": "kill", "executed": True})
    with ThreadPoolExecutor(1) as phone:
        asked = phone.submit(_order, app, key)
        until("the terminal is dead", lambda: not psutil.pid_exists(before["pid"]))
        app.open_terminal()
        _answer(asked)
    _check_orders(app, until)
    _repeat(app, [key], until)
    after = app.truth()
    assert after["pid"] != before["pid"]
    assert len(after["positions"]) == len(before["positions"]) + 1
    _check_deployment(app, until)


def _kill_database(app: Any, until: Until) -> None:
    pid = app.database_pid()
    assert pid > 1
    keys = [uuid4().hex for _ in range(3)]
    with ThreadPoolExecutor(len(keys)) as phones:
        asked = [phones.submit(_order, app, key) for key in keys]
        os.kill(pid, signal.SIGKILL)
        for order in asked:
            _answer(order)
    until("the database is back", lambda: app.database_pid() not in {0, pid}, 60)
    until("the cloud answers", lambda: app.phone.get("/agents").status_code == 200, 60)
    _repeat(app, keys, until)
    _check_orders(app, until)
    _check_events(app, until)


def _order(app: Any, key: str) -> httpx.Response | None:
    """Orders 0.02 lots; None when the answer was lost on the way."""
    body = {"broker_connection_id": app.broker, "instrument": "EURUSD", "side": "BUY", "units": str(LOT // 50)}
    try:
        answer: httpx.Response = app.phone.post("/orders", json=body, headers={"Idempotency-Key": key})
    except httpx.HTTPError:
        return None
    return answer


def _answer(order: Any) -> httpx.Response | None:
    answer: httpx.Response | None = order.result()
    return answer if answer is not None and answer.status_code == 201 else None


def _repeat(app: Any, keys: list[str], until: Until) -> None:
    """Asks again with the same keys until each has a final answer: done, or refused with a reason."""

    def final(key: str) -> bool:
        answer = _order(app, key)
        return answer is not None and (answer.status_code == 201 or answer.json()["code"] != "CONFLICT")

    for key in keys:
        until("the order's key gets an answer", lambda key=key: final(key), 150, every=1)


def _run_ea(app: Any, until: Until) -> None:
    project = app.post("/ea/projects", name="Ausbruch")["project_id"]
    source = strategy_templates()[0].source
    version = app.post(f"/ea/projects/{project}/versions", source_code=source)["id"]
    compiled = app.finished(app.post(f"/ea/versions/{version}/compile")["job_id"])
    assert compiled["status"] == "completed", compiled
    created = app.post(
        "/deployments", version_id=version, agent_id=app.agent, broker_connection_id=app.broker, symbol="EURUSD",
        timeframe="M15",
    )  # fmt: skip
    deployed = app.finished(created["job_id"])
    assert deployed["status"] == "completed", deployed
    assert app.post(f"/deployments/{created['deployment_id']}/run")["status"] == "running"
    _check_deployment(app, until)


def _check_deployment(app: Any, until: Until) -> None:
    """Cloud, agent and terminal agree that it runs, once."""

    def agreed() -> bool:
        (listed,) = app.get("/deployments")
        (kept,) = app.rows("SELECT id, status FROM ea_deployments")
        experts = [chart["instance"] for chart in app.truth()["charts"] if chart["instance"]]
        names = Counter(experts)
        return bool(listed["status"] == kept["status"] == "running" and names[listed["id"].replace("-", "")] == 1)

    until("the deployment runs", agreed, 60)


def _check_orders(app: Any, until: Until) -> None:
    """Each order of the agent's journal has one end, and the terminal's own books say the same."""

    def settled() -> bool:
        return all(row["state"] in KEPT_ENDS for row in app.rows("SELECT state FROM order_journal"))

    until("no order is in doubt", settled, 200, every=0.5)
    held = Counter(position["magic"] for position in app.truth()["positions"])
    for row in app.rows("SELECT * FROM order_journal WHERE action = 'open'"):
        outcome = json.loads(row["outcome"])
        assert held.pop(row["magic"], 0) == (1 if outcome["status"] == "FILLED" else 0), outcome
        if outcome["status"] == "FILLED":
            assert Decimal(outcome["lots"]) == Decimal("0.02"), outcome
    assert not held, f"Positions that no order of the journal explains: {held}"


def _check_events(app: Any, until: Until) -> None:
    """The cloud has every fact of the agent, in order, once; and each order's outcome among them."""

    def uploaded() -> bool:
        (state,) = app.rows(
            "SELECT uploaded, distance, (SELECT coalesce(max(seq), 0) FROM event_log) AS last FROM event_log_state"
        )
        return bool(state["uploaded"] == state["last"])

    until("all events are uploaded", uploaded, 60)
    stored = asyncio.run(_stored_events(app))
    assert [event["seq"] for event in stored] == list(range(1, len(stored) + 1))
    told = Counter(json.loads(event["data"])["client_order_id"] for event in stored if event["kind"] == "order_outcome")
    (state,) = app.rows("SELECT distance FROM event_log_state")
    kept = app.rows(f"SELECT seq - {state['distance']} AS seq, kind FROM event_log ORDER BY seq")
    assert [(event["seq"], event["kind"]) for event in stored][: len(kept)] == [
        (row["seq"], row["kind"]) for row in kept
    ][: len(stored)]
    for row in app.rows("SELECT client_id FROM order_journal"):
        assert told[row["client_id"]] >= 1, row


async def _stored_events(app: Any) -> list[Any]:
    cloud = app.folder / "cloud"
    secrets = json.loads((cloud / "local-secrets.json").read_text("utf-8"))
    port = json.loads((cloud / "local-ports.json").read_text("utf-8"))["ports"]["postgres"]
    connection = await asyncpg.connect(
        host="127.0.0.1", port=port, user="supabase_admin", password=secrets["postgres_superuser"], database="postgres"
    )
    try:
        return list(
            await connection.fetch(
                "select seq, kind, data from agent_events where agent_id = $1 order by seq", app.agent
            )
        )
    finally:
        await connection.close()

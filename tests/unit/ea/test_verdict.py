from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from agent_core.ea.bridge import judge_bridge
from agent_core.ea.bridge_protocol import BridgeChart, BridgeStatus, EaHeartbeat
from agent_core.ea.models import EaDeployment
from agent_core.ea.verdict import Verdict, judge

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


def status(age: float = 0, **changes: Any) -> BridgeStatus:
    facts: dict[str, Any] = {
        "v": 1, "ts_utc": int(NOW.timestamp() - age), "server_time": 0, "build": 5100, "account": 1,
        "terminal_trade_allowed": True, "mql_trade_allowed": True, "account_trade_allowed": True,
        "account_trade_expert": True, "connected": True,
    }  # fmt: skip
    return BridgeStatus.model_validate({**facts, **changes})


DEPLOYMENT = EaDeployment(
    id=uuid4(), version_id=uuid4(), project_name="Trend", version_number=1, symbol="EURUSD", timeframe="H1",
    status="running", desired="running", allow_trading=True, inputs={}, expert="Trend_1", created_at=NOW,
)  # fmt: skip
CHART = BridgeChart(id="1", symbol="EURUSD", timeframe="H1", expert="Trend_1", instance=DEPLOYMENT.instance)


def beat(age: float = 1, state: str = "running") -> EaHeartbeat:
    return EaHeartbeat(
        v=1, instance=DEPLOYMENT.instance, ts_utc=int(NOW.timestamp() - age), expert="Trend_1", symbol="EURUSD",
        timeframe="H1", trade_allowed=True, state=state,
    )  # fmt: skip


def verdict(
    bridge: BridgeStatus | None = None,
    chart: BridgeChart | None = None,
    heart: EaHeartbeat | None = None,
    absent: float = 0,
    **changes: Any,
) -> Verdict:
    deployment = replace(DEPLOYMENT, **changes)
    return judge(deployment, judge_bridge(bridge, NOW), chart, heart, now=NOW, absent_seconds=absent)


def test_the_bridge_by_its_status() -> None:
    assert judge_bridge(None, NOW).state == "missing"
    assert judge_bridge(status(age=5), NOW).state == "connected"
    lost = judge_bridge(status(age=6), NOW)
    assert (lost.state, lost.age_seconds) == ("lost", 6)
    assert judge_bridge(status(terminal_trade_allowed=False), NOW).state == "trading_off"
    assert judge_bridge(status(mql_trade_allowed=False), NOW).state == "trading_off"
    assert judge_bridge(status(age=-3), NOW + timedelta(seconds=0)).age_seconds == 0


def test_running_needs_chart_and_pulse() -> None:
    assert verdict(status(), CHART, beat()) == Verdict("running", None)
    assert verdict(status(), CHART) == Verdict("running", None)
    assert verdict(status(), CHART, status="offline", last_error="x") == Verdict("running", None)


@pytest.mark.parametrize("heart", [beat(age=16), beat(state="stopped")])
def test_a_chart_without_pulse_is_offline(heart: EaHeartbeat) -> None:
    found = verdict(status(), CHART, heart)
    assert found.status == "offline"
    assert "has given no heartbeat since" in (found.last_error or "")


def test_trading_switched_off_is_said() -> None:
    found = verdict(status(terminal_trade_allowed=False), CHART, beat())
    assert (found.status, "Algo Trading" in (found.last_error or "")) == ("running", True)
    assert verdict(status(terminal_trade_allowed=False), CHART, beat(), allow_trading=False).last_error is None


def test_a_lost_bridge_makes_what_runs_offline() -> None:
    assert verdict(status(age=60)).status == "offline"
    assert verdict(None, status="running", desired="stopped").status == "offline"
    assert verdict(None, status="stopped", desired="stopped") == Verdict("stopped", None)
    assert verdict(status(age=60), status="deployed", desired="stopped") == Verdict("deployed", None)


def test_a_missing_chart_is_said_after_a_moment_and_never_reopened() -> None:
    assert verdict(status(), absent=4.9) == Verdict("running", None)
    assert verdict(status(), absent=5).status == "error"
    kept = verdict(status(), absent=99, status="error", last_error="The EA refused to start.")
    assert kept == Verdict("error", "The EA refused to start.")


def test_what_should_not_run_but_does_is_said() -> None:
    found = verdict(status(), CHART, beat(), status="stopped", desired="stopped")
    assert found.status == "running"
    assert "although it was stopped" in (found.last_error or "")


def test_what_stopped_is_stopped() -> None:
    assert verdict(status(), desired="stopped", status="offline", last_error="x") == Verdict("stopped", None)
    assert verdict(status(), desired="stopped", status="deployed") == Verdict("deployed", None)

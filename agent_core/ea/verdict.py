"""What the terminal shows against what the trader wants. A difference is said, never silently acted on."""

from dataclasses import dataclass
from datetime import UTC, datetime

from agent_core.ea.bridge import beat_time
from agent_core.ea.bridge_protocol import BridgeChart, EaHeartbeat
from agent_core.ea.events import BridgeChanged
from agent_core.ea.models import EaDeployment
from agent_core.protocol.deployments import DeploymentStatus

BEAT_STALE_SECONDS = 15.0
#: Charts of a profile that is just loading may show no expert for a moment.
ABSENT_GRACE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Status of a deployment as seen, with one sentence if something is wrong."""

    status: DeploymentStatus
    last_error: str | None


def judge(
    deployment: EaDeployment,
    bridge: BridgeChanged,
    chart: BridgeChart | None,
    beat: EaHeartbeat | None,
    *,
    now: datetime,
    absent_seconds: float,
) -> Verdict:
    """Says how a deployment is.

    Args:
        deployment: What was known so far.
        bridge: State of the bridge.
        chart: The chart its EA is on, if the bridge sees one.
        beat: Its last heartbeat, if there ever was one.
        now: The time now.
        absent_seconds: How long the EA has been missing from its chart.
    """
    unchanged = Verdict(deployment.status, deployment.last_error)
    wanted = deployment.desired == "running"
    if bridge.state in ("missing", "lost"):
        seen_running = deployment.status in ("running", "starting", "stopping")
        return Verdict("offline", bridge.detail) if wanted or seen_running else unchanged
    if chart is not None:
        return _on_chart(deployment, bridge, beat, now) if wanted else _should_not_run()
    if not wanted:
        return unchanged if deployment.status in ("deployed", "stopped", "error") else Verdict("stopped", None)
    if deployment.status == "error" or absent_seconds < ABSENT_GRACE_SECONDS:
        return unchanged
    return Verdict(
        "error", "The EA is no longer on its chart in MetaTrader. Start it again, or stop it here to accept that."
    )


def _on_chart(deployment: EaDeployment, bridge: BridgeChanged, beat: EaHeartbeat | None, now: datetime) -> Verdict:
    if beat is not None:
        age = now.timestamp() - beat.ts_utc
        if beat.state != "running" or age > BEAT_STALE_SECONDS:
            last = beat_time(beat).astimezone(UTC)
            return Verdict(
                "offline",
                f"The EA is on its chart but has given no heartbeat since {last:%H:%M:%S} UTC. "
                "See its log, then stop and start it.",
            )
    if deployment.allow_trading and bridge.state == "trading_off":
        return Verdict("running", "It can't trade: Algo Trading is off. Turn it on in MetaTrader's toolbar.")
    return Verdict("running", None)


def _should_not_run() -> Verdict:
    return Verdict("running", "The EA runs in MetaTrader although it was stopped here. Stop it again.")

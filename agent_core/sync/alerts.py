"""Alerts: what went wrong without anybody asking goes to the window and to the cloud."""

from uuid import UUID

from agent_core.ea.events import DeploymentChanged
from agent_core.events import EventBus
from agent_core.sync.event_log import EventLog
from agent_core.sync.events import AlertRaised


class AlertKeeper:
    """Raises an alert when a running EA is in trouble, and writes every alert to the event log."""

    def __init__(self, bus: EventBus, events: EventLog) -> None:
        self._bus = bus
        self._events = events
        self._was: dict[UUID, str] = {}
        bus.subscribe(AlertRaised, self._on_alert)
        bus.subscribe(DeploymentChanged, self._on_deployment)

    def _on_alert(self, event: AlertRaised) -> None:
        self._events.append("alert", {"level": event.level, "message": event.message})

    def _on_deployment(self, event: DeploymentChanged) -> None:
        deployment = event.deployment
        before = self._was.get(deployment.id)
        self._was[deployment.id] = deployment.status
        if before == "running" and deployment.status in ("error", "offline"):
            detail = deployment.last_error or "See the deployment."
            self._bus.publish(AlertRaised("warning", f"{deployment.project_name} on {deployment.symbol}: {detail}"))

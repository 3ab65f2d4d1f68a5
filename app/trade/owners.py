"""Who a position or a deal belongs to: the trader's own hand, or an Expert Advisor by its name."""

from PySide6.QtCore import QObject, Signal

from agent_core.ea.models import EaDeployment
from app.context import AppContext


class Owners(QObject):
    """Names by magic number.

    Signals:
        changed: A magic number has got a name.
    """

    changed = Signal()

    def __init__(self, context: AppContext, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = context.agent.desk
        self._names: dict[int, str] = {}
        context.signals.deployment.connect(self._on_deployment)
        for deployment in context.agent.ea.deployments():
            self._on_deployment(deployment)

    def name(self, magic: int) -> str:
        """Returns the name of the owner; empty for the trader's own hand."""
        if magic not in self._names:
            sent_by = self._desk.owner_of(magic)
            self._names[magic] = "" if sent_by in (None, "manual") else str(sent_by)
        return self._names[magic]

    def _on_deployment(self, deployment: EaDeployment) -> None:
        beat = deployment.beat
        name = f"{deployment.project_name} v{deployment.version_number}"
        if beat is not None and beat.magic and self._names.get(beat.magic) != name:
            self._names[beat.magic] = name
            self.changed.emit()

"""Compares what the editor holds with another version of its project."""

from PySide6.QtCore import QObject, Signal

from agent_core.ea.models import EaVersion
from app.context import AppContext
from app.ea.comparison import compare
from app.ea.diff import ComparisonPanel, DiffView


class VersionComparison(QObject):
    """Shows the difference to the version before, or to the one the trader chose.

    Signals:
        lines_wanted: the trader wants to see the lines.
    """

    lines_wanted = Signal()

    def __init__(self, context: AppContext, panel: ComparisonPanel, view: DiffView) -> None:
        super().__init__(panel)
        self._context = context
        self._panel = panel
        self._view = view
        self._version: EaVersion | None = None
        self._source = ""
        self._against: int | None = None
        panel.against_chosen.connect(self._choose)
        panel.lines_wanted.connect(self.lines_wanted)

    def show(self, version: EaVersion | None, source: str) -> None:
        """Compares a source, which may differ from its version by what was typed since."""
        if version is None or self._version is None or version.id != self._version.id:
            self._against = None
        self._version, self._source = version, source
        self._compare()

    def _choose(self, number: int) -> None:
        self._against = number
        self._compare()

    def _compare(self) -> None:
        current = self._version
        typed = current is not None and self._source != current.source.replace("\r\n", "\n")
        others = (
            [item for item in self._context.agent.ea.versions(current.project_id) if typed or item.id != current.id]
            if current is not None
            else []
        )
        if current is None or not others:
            self._panel.hide()
            self._view.show_comparison(None)
            return
        before = (item for item in others if item.number < current.number or (typed and item.id == current.id))
        usual = next(before, others[-1])
        other = next((item for item in others if item.number == self._against), usual)
        comparison = compare(other.source, self._source)
        title = f"v{current.number}, edited," if typed else f"v{current.number}"
        self._panel.show_comparison(title, other.number, [item.number for item in others], comparison)
        self._view.show_comparison(comparison)

"""Takes a picture of the chart when a position is opened and when it is closed, for the journal."""

import asyncio
from pathlib import Path

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QImage

from agent_core.terminal.models import Deal
from app.chart.workspace import ChartWorkspace
from app.context import AppContext
from app.history.journal import Journal

#: The trade's own lines and marks are on the chart by then.
_DEVELOP_MS = 900
_IN = 0


class JournalCamera(QObject):
    """Looks at deals; a symbol that no chart shows has no picture."""

    def __init__(self, context: AppContext, workspace: ChartWorkspace) -> None:
        super().__init__(workspace)
        self._context, self._journal, self._workspace = context, Journal(context.ui.folder, self), workspace
        context.signals.deals.connect(self._on_deals)

    def _on_deals(self, deals: tuple[Deal, ...]) -> None:
        if not self._context.ui.values.journal_pictures:
            return
        for deal in deals:
            if deal.side is not None:
                QTimer.singleShot(_DEVELOP_MS, self, lambda each=deal: self._take(each))

    def _take(self, deal: Deal) -> None:
        self._journal.open(self._context.agent.terminal.account)
        path = self._journal.picture_path(deal.position_id, "entry" if deal.entry == _IN else "exit")
        charts = (panel.chart for panel in self._workspace.panels if panel.symbol == deal.symbol)
        chart = next((chart for chart in charts if len(chart.model)), None)
        if path is not None and chart is not None and not (deal.entry == _IN and path.exists()):
            self._context.tasks.start(asyncio.to_thread(_save, chart.picture().toImage(), path))


def _save(picture: QImage, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(str(path))

"""The alerts page: what was raised here and at the cloud, newest first."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from agent_core.protocol.errors import ForexEliteError
from agent_core.sync.events import AlertRaised
from app import formatting
from app.alerts.price_panel import PriceAlertPanel
from app.context import AppContext
from app.language import tr
from app.widgets.empty_state import EmptyState
from app.widgets.labels import SectionHeader, label, separator
from app.widgets.table import Column, RowsModel, table_view

KEPT = 200
_UPLOADED_WITHIN = timedelta(seconds=10)
_TONES = {"info": "neutral", "warning": "warning", "error": "bad"}


@dataclass(frozen=True, slots=True)
class AlertRow:
    """An alert of this window (`origin` "here") or of the cloud."""

    at: datetime
    level: str
    message: str
    origin: str


COLUMNS: tuple[Column[AlertRow], ...] = (
    Column("Time", lambda row: formatting.day_and_time(row.at), 120, color=lambda _row: "dim"),
    Column("Level", lambda row: tr(row.level), 90, pill=lambda row: _TONES.get(row.level, "neutral")),
    Column("Message", lambda row: tr(row.message), 0),
    Column("From", lambda row: tr(row.origin), 90, color=lambda _row: "dim"),
)


def _same(one: AlertRow, other: AlertRow) -> bool:
    """Whether the cloud's alert is one of this window, which tells it to the cloud."""
    return one.message == other.message and abs(one.at - other.at) < _UPLOADED_WITHIN


class AlertsPage(QWidget):
    """Alerts of this session, and those the cloud keeps while it can be reached."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self.setObjectName("page.alerts")
        self._context = context
        self._here: list[AlertRow] = []
        self._cloud: list[AlertRow] = []
        self.model = RowsModel(context.theme, COLUMNS, self)
        self.table = table_view(self.model, "alerts.table")
        self._note = label("", "dim", "alerts.note")
        self._stack = QStackedWidget()
        self._stack.addWidget(
            EmptyState(
                context.theme,
                "alerts.empty",
                icon="alerts",
                title="Nothing was raised",
                text="A price that was reached, a lost link, a missed heartbeat, a broken limit or a refused order.",
            )
        )
        self._stack.addWidget(self.table)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self.prices = PriceAlertPanel(context)
        layout.addWidget(self.prices, 2)
        layout.addWidget(separator())
        layout.addWidget(SectionHeader("Raised", self._note))
        layout.addWidget(self._stack, 3)
        context.signals.alert.connect(self._on_alert)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Asks the cloud when the page comes into view."""
        self.prices.offer_symbols()
        if self._context.api.user is not None:
            self._context.tasks.start(self._read(), on_error=self._unread)
        super().showEvent(event)

    async def _read(self) -> None:
        self._cloud = [
            AlertRow(alert.created_at, alert.level, alert.message, "cloud")
            for alert in await self._context.api.alerts()
        ]
        self._note.clear()
        self._show()

    def _unread(self, error: Exception) -> None:
        self._note.setText(error.detail if isinstance(error, ForexEliteError) else "The cloud's alerts can't be read.")

    def _on_alert(self, event: AlertRaised) -> None:
        self._here = [AlertRow(datetime.now(UTC), event.level, event.message, "here"), *self._here][:KEPT]
        self._show()

    def _show(self) -> None:
        elsewhere = [row for row in self._cloud if not any(_same(row, here) for here in self._here)]
        rows = sorted([*self._here, *elsewhere], key=lambda row: row.at, reverse=True)
        self.model.set_rows(rows)
        self._stack.setCurrentIndex(1 if rows else 0)

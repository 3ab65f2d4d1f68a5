"""Figures, balance curve and sums of the trades in the chosen range."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial

from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from agent_core.terminal.models import Account, Deal
from app import formatting
from app.context import AppContext
from app.history.columns import group_columns
from app.history.curve import BalanceCurve
from app.history.performance import balance_curve, day_of, groups, hour_of, performance
from app.history.trades import Trade
from app.language import tr
from app.trade.table_model import TableModel
from app.trade.table_tools import TablePanel
from app.trade.table_view import TradeTable
from app.widgets.buttons import button
from app.widgets.empty_state import EmptyState
from app.widgets.labels import label, separator, set_tone

_FIGURES = {
    "net": "Net result", "trades": "Closed trades", "win_rate": "Won", "profit_factor": "Profit factor",
    "expectancy": "Expectancy", "drawdown": "Max drawdown",
}  # fmt: skip


class PerformanceView(QWidget):
    """What trading came to."""

    def __init__(self, context: AppContext, owner: Callable[[int], str]) -> None:
        super().__init__()
        self.figures = {name: label(formatting.NONE, "title", f"performance.{name}") for name in _FIGURES}
        self.curve = BalanceCurve(context.theme)
        self._names: dict[str, Callable[[Trade], str]] = {
            "Day": day_of, "Symbol": lambda trade: trade.symbol, "Hour": hour_of,
            "Owner": lambda trade: owner(trade.magic) or tr("Manual"),
        }  # fmt: skip
        self.models = {title: TableModel(group_columns(title), lambda group: group.name, self) for title in self._names}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._build_figures())
        layout.addWidget(self.curve, 3)
        layout.addWidget(separator())
        self._tables = QStackedWidget()
        layout.addLayout(self._build_tabs())
        layout.addWidget(separator())
        layout.addWidget(self._tables, 3)
        for title, model in self.models.items():
            table = TradeTable(context.theme, f"performance.{title.lower()}.table", model)
            empty = EmptyState(
                context.theme, f"performance.{title.lower()}.empty", icon="history", title="No closed trades",
                text="Results are summed up here as soon as a position is closed.",
            )  # fmt: skip
            self._tables.addWidget(TablePanel(context, table, empty))

    @property
    def panel(self) -> TablePanel:
        """The table that is shown."""
        shown = self._tables.currentWidget()
        assert isinstance(shown, TablePanel)  # noqa: S101  # nothing else is in there
        return shown

    def show_trades(
        self,
        trades: Sequence[Trade],
        deals: Sequence[Deal],
        account: Account,
        equity: Sequence[tuple[datetime, float]] = (),
    ) -> None:
        """Shows the figures of a range that ends now, with the equity as it was noted in it."""
        digits, currency = account.currency_digits, account.currency
        seen = performance(trades, deals, account.balance)
        texts = {
            "net": formatting.money(seen.net, digits, currency, signed=True),
            "trades": str(seen.trades),
            "win_rate": formatting.percent(seen.win_rate, 1),
            "profit_factor": formatting.number(seen.profit_factor, 2),
            "expectancy": formatting.money(seen.expectancy, digits, currency, signed=True),
            "drawdown": _drawdown(seen.drawdown, seen.drawdown_percent, digits, currency),
        }
        for name, text in texts.items():
            self.figures[name].setText(text)
        for name, value in (("net", seen.net), ("expectancy", seen.expectancy)):
            set_tone(self.figures[name], formatting.tone(None if value is None else round(value, digits)))
        points = balance_curve(deals, account.balance)
        now = datetime.now(UTC)
        self.curve.show_points([*points, (now, account.balance)] if points else [], [*equity, (now, account.equity)])
        for title, model in self.models.items():
            newest_first = title == "Day"
            found = groups(trades, self._names[title])
            model.set_rows(sorted(found, key=lambda group: group.name, reverse=newest_first))

    def _build_figures(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(16, 10, 16, 12)
        row.setSpacing(32)
        for name, title in _FIGURES.items():
            column = QVBoxLayout()
            column.setSpacing(2)
            column.addWidget(self.figures[name])
            column.addWidget(label(title, "small"))
            row.addLayout(column)
        row.addStretch(1)
        return row

    def _build_tabs(self) -> QHBoxLayout:
        row, group = QHBoxLayout(), QButtonGroup(self)
        row.setContentsMargins(12, 0, 8, 0)
        row.setSpacing(14)
        for number, title in enumerate(self.models):
            show = partial(self._tables.setCurrentIndex, number)
            tab = button(f"By {title.lower()}", f"performance.by_{title.lower()}", "tab", show)
            tab.setCheckable(True)
            tab.setChecked(number == 0)
            group.addButton(tab)
            row.addWidget(tab)
        row.addStretch(1)
        return row


def _drawdown(amount: float, percent: float | None, digits: int, currency: str) -> str:
    text = formatting.money(-amount if amount else 0, digits, currency)
    return text if percent is None else f"{text} · {formatting.percent(percent)}"

"""What a trade came to, beside its mark on the chart."""

from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout, QWidget

from agent_core.terminal.models import Account, SymbolSpec
from app import formatting
from app.history.trades import Trade
from app.language import tr
from app.trade.draft import pips_between
from app.widgets.labels import label, set_tone

_AWAY = 14


class TradeCard(QFrame):
    """A small card over the chart; a click beside it, panning or another symbol puts it away."""

    def __init__(self, chart: QWidget) -> None:
        super().__init__(chart)
        self._chart = chart
        self.setObjectName("chart.trade")
        self.setProperty("role", "card")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.title, self.owner = label("", "strong", "chart.trade.title"), label("", "dim", "chart.trade.owner")
        self.entry, self.exit = label("", "", "chart.trade.entry"), label("", "", "chart.trade.exit")
        self.result = label("", "strong", "chart.trade.result")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 10)
        layout.setSpacing(4)
        layout.addWidget(self.title)
        layout.addWidget(self.owner)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        for row, (name, value) in enumerate((("Entry", self.entry), ("Exit", self.exit))):
            grid.addWidget(label(name, "dim"), row, 0)
            grid.addWidget(value, row, 1)
        layout.addLayout(grid)
        layout.addWidget(self.result)
        self.hide()

    def show_trade(self, trade: Trade, owner: str, spec: SymbolSpec, account: Account | None, place: QPointF) -> None:
        """Shows a trade near a place of the chart."""
        digits = account.currency_digits if account else 2
        self.title.setText(f"{tr(trade.side.value.capitalize())} {formatting.lots(trade.lots)} {trade.symbol}")
        self.owner.setText(tr(f"{owner} · position {trade.position}"))
        price, opened = formatting.price(trade.price_open, spec.digits), formatting.day_and_time(trade.opened)
        self.entry.setText(f"{price}   {opened}" if trade.opened else "before what was read")
        self.exit.setText(
            f"{formatting.price(trade.price_close, spec.digits)}   {formatting.day_and_time(trade.closed)}"
            if trade.closed
            else "still open"
        )
        parts = []
        if trade.price_open is not None and trade.price_close is not None:
            pips = pips_between(spec, trade.price_open, trade.price_close) * trade.side.sign
            parts.append(tr(f"{formatting.number(pips, 1, signed=True)} pips"))
        if trade.duration is not None:
            parts.append(formatting.age(trade.duration.total_seconds()))
        if trade.closed is not None:
            parts.append(formatting.money(trade.net, digits, account.currency if account else "", signed=True))
        self.result.setText("  ·  ".join(parts))
        self.result.setVisible(bool(parts))
        set_tone(self.result, formatting.tone(round(trade.net, digits)) if trade.closed else "flat")
        self.show()  # first, so that the style's type counts in the size
        self.adjustSize()
        chart = self._chart
        x, y = place.x() + _AWAY, place.y() + _AWAY
        if x + self.width() > chart.width():
            x = place.x() - _AWAY - self.width()
        if y + self.height() > chart.height():
            y = place.y() - _AWAY - self.height()
        self.move(max(0, int(x)), max(0, int(y)))
        self.raise_()

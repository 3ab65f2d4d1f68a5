"""The order ticket: reads its fields, previews the order as they change, sends it once."""

import asyncio
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import uuid4

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from agent_core.protocol.errors import ForexEliteError
from agent_core.terminal.models import Account, OrderKind, Side, SymbolSpec, Tick
from agent_core.trading.models import OrderPreview, OrderTicket, SizeMode
from app import formatting
from app.context import AppContext
from app.trade.draft import Draft, DraftError, read_number
from app.trade.order_gate import closed_reason
from app.trade.ticket_confirm import confirmed
from app.trade.ticket_form import KINDS, SIZE_MODES, HintField, TicketForm
from app.trade.ticket_sender import TicketSender
from app.trade.ticket_summary import show_preview
from app.widgets.labels import set_invalid, set_tone

_DEBOUNCE_MS = 120
_REPEAT_MS = 1000


@dataclass(frozen=True, slots=True)
class TicketLevels:
    """What the chart shows of the order that is being prepared."""

    side: Side
    kind: OrderKind
    entry: Decimal
    sl: Decimal | None
    tp: Decimal | None
    preview: OrderPreview | None


class Ticket(QWidget):
    """The order ticket.

    Signals:
        levels_changed: What the chart shows of the ticket may have changed.
        level_wanted: "sl" or "tp": the user wants that level put on the chart to drag it.
    """

    levels_changed = Signal()
    level_wanted = Signal(str)

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self.setObjectName("ticket")
        self._context = context
        self.form = TicketForm(context.theme)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.form)
        self.spec: SymbolSpec | None = None
        self.draft: Draft | None = None
        self._error: DraftError | None = None
        self._kind, self._mode = OrderKind.MARKET, SizeMode.RISK_PERCENT
        self._previews: dict[Side, OrderPreview] = {}
        self._problems: dict[Side, str] = {}
        self._previewing: asyncio.Task[Any] | None = None
        self._sender = TicketSender(context, self)
        self._sender.changed.connect(self._refresh)
        self._sender.succeeded.connect(self._rest)
        self._resting = False
        self._debounce = QTimer(self, singleShot=True, interval=_DEBOUNCE_MS)
        self._debounce.timeout.connect(self._preview_now)
        self._repeat = QTimer(self, interval=_REPEAT_MS)
        self._repeat.timeout.connect(self._preview_when_seen)
        self._repeat.start()
        self._connect()
        self.form.size_field.setText(f"{context.ui.values.risk_percent:.2f}")
        self._choose_mode(self._mode)
        self._edited()

    # What others tell the ticket

    def focus(self, spec: SymbolSpec) -> None:
        """Prepares orders for another symbol; levels of the last one mean nothing here."""
        if self.spec is None or self.spec.name != spec.name:
            for field in (self.form.price_field, self.form.sl_field, self.form.tp_field):
                field.clear()
        self.spec = spec
        self._edited()

    def set_level(self, name: str, price: Decimal | None) -> None:
        """Writes a price, stop or target ("price", "sl", "tp") into its field, as dragging its line does."""
        field = {"price": self.form.price_field, "sl": self.form.sl_field, "tp": self.form.tp_field}[name]
        digits = self.spec.digits if self.spec else 5
        field.setText("" if price is None else formatting.price(price, digits))

    @property
    def tick(self) -> Tick | None:
        """The last quote of the ticket's symbol."""
        return self._context.agent.feed.last(self.spec.name) if self.spec else None

    @property
    def side(self) -> Side:
        """The side the levels are for; buy while nothing tells."""
        tick = self.tick
        side = self.draft.side(tick.bid, tick.ask) if self.draft and tick else None
        return side or Side.BUY

    def levels(self) -> TicketLevels | None:
        """Returns what to show on the chart, None while there is no level yet, or the order has just gone out."""
        draft, tick, side = self.draft, self.tick, self.side
        if self._resting or draft is None or tick is None:
            return None
        if draft.sl is None and draft.tp is None and draft.price is None:
            return None
        entry = draft.entry(side, tick.bid, tick.ask)
        return TicketLevels(side, draft.kind, entry, draft.sl, draft.tp, self._previews.get(side))

    # Editing

    def _connect(self) -> None:
        form = self.form
        for field in (form.size_field, form.price_field, form.sl_field, form.tp_field, form.comment_field):
            field.textChanged.connect(self._edited)
        for kind, choice in form.kinds.items():
            choice.clicked.connect(lambda _checked, chosen=kind: self._choose_kind(chosen))
        for mode, title in SIZE_MODES.items():
            form.size_menu.addAction(title).triggered.connect(lambda _checked, chosen=mode: self._choose_mode(chosen))
        form.sl_field.note.clicked.connect(lambda: self.level_wanted.emit("sl"))
        form.tp_field.note.clicked.connect(lambda: self.level_wanted.emit("tp"))
        form.sell.clicked.connect(lambda: self._press(Side.SELL))
        form.buy.clicked.connect(lambda: self._press(Side.BUY))
        signals = self._context.signals
        signals.ticks.connect(self._on_ticks)
        signals.terminal_link.connect(self._refresh)
        signals.arm.connect(self._refresh)
        signals.account.connect(self._refresh)

    def choose_kind(self, kind: OrderKind) -> None:
        """Prepares a market, limit or stop order, as its segment does."""
        self.form.kinds[kind].setChecked(True)
        self._choose_kind(kind)

    def _choose_kind(self, kind: OrderKind) -> None:
        self._kind = kind
        self.form.show_price_row(shown=kind is not OrderKind.MARKET)
        tick = self.tick
        if kind is not OrderKind.MARKET and not self.form.price_field.text() and tick and self.spec:
            self.form.price_field.setText(formatting.price(tick.bid, self.spec.digits))
        self._edited()

    def _choose_mode(self, mode: SizeMode) -> None:
        self._mode = mode
        self.form.size_mode.setText(f"{SIZE_MODES[mode]} ▾")
        self._edited()

    def _edited(self) -> None:
        self._sender.forget_outcome()
        self._resting = False
        self._error, self.draft = None, None
        try:
            self.draft = self._read()
        except DraftError as error:
            self._error = error
        for name, field in self._fields().items():
            set_invalid(field, self._error is not None and self._error.field == name and bool(field.text()))
        self._previews.clear()
        self._problems.clear()
        self._debounce.start()
        self._refresh()
        self.levels_changed.emit()

    def _fields(self) -> dict[str, HintField]:
        form = self.form
        return {"size": form.size_field, "price": form.price_field, "sl": form.sl_field, "tp": form.tp_field}

    def _read(self) -> Draft:
        form = self.form
        size = read_number(form.size_field.text(), "size", "Size")
        if size is None:
            raise DraftError("size", "Enter a size.")
        price = None
        if self._kind is not OrderKind.MARKET:
            price = read_number(form.price_field.text(), "price", "Price")
            if price is None:
                raise DraftError("price", f"Enter the price of the {KINDS[self._kind].lower()} order.")
        return Draft(
            self._kind, self._mode, size, price,
            read_number(form.sl_field.text(), "sl", "Stop loss"),
            read_number(form.tp_field.text(), "tp", "Take profit"),
            form.comment_field.text().strip(),
        )  # fmt: skip

    # Preview

    def _preview_when_seen(self) -> None:
        if self.isVisible() and not self._sender.busy:
            self._preview_now()

    def _preview_now(self) -> None:
        if self.draft is None or self.spec is None or self.tick is None or not self._context.agent.terminal.connected:
            return
        if self._previewing is not None and not self._previewing.done():
            self._debounce.start()  # one at a time: the terminal answers one question after the other
            return
        self._previewing = self._context.tasks.start(self._preview(self.draft, self.spec.name))

    async def _preview(self, draft: Draft, symbol: str) -> None:
        previews: dict[Side, OrderPreview] = {}
        problems: dict[Side, str] = {}
        for side in Side:
            try:
                previews[side] = preview = await self._context.agent.desk.preview(draft.ticket(uuid4(), symbol, side))
                problems[side] = preview.problems[0] if preview.problems else ""
            except ForexEliteError as error:
                problems[side] = error.detail
        if draft == self.draft and self.spec is not None and self.spec.name == symbol:
            self._previews, self._problems = previews, problems
            self._refresh()
            self.levels_changed.emit()

    # Sending

    def _press(self, side: Side) -> None:
        if self._sender.busy or self.draft is None or self.spec is None:
            return
        order = self.draft.ticket(uuid4(), self.spec.name, side)
        if self._context.ui.values.confirm_orders:
            self._sender.hold()
            self._context.tasks.start(self._confirm(order, self._previews.get(side)))
        else:
            self._sender.send(order)

    async def _confirm(self, order: OrderTicket, preview: OrderPreview | None) -> None:
        spec = self.spec
        try:
            agreed = spec is not None and await confirmed(self, order, preview, spec, self._account)
        finally:
            self._sender.release()
        if agreed:
            self._sender.send(order)

    def _rest(self) -> None:
        # The position's own lines take over on the chart; the fields stay for a next order like this one.
        self._resting = True
        self.levels_changed.emit()

    # Showing

    @property
    def _account(self) -> Account | None:
        return self._context.agent.terminal.account

    def _on_ticks(self, ticks: dict[str, Tick]) -> None:
        if self.spec is not None and self.spec.name in ticks:
            self._refresh()
            if self.draft is not None and self.draft.price is None and self.levels() is not None:
                self.levels_changed.emit()

    def _refresh(self, _event: object = None) -> None:
        form, tick, side = self.form, self.tick, self.side
        gate = closed_reason(self._context.agent, self.spec, tick)
        for each, button in ((Side.SELL, form.sell), (Side.BUY, form.buy)):
            reason = gate or (str(self._error) if self._error else "") or self._problems.get(each, "")
            ready = not reason and not self._sender.busy and each in self._previews
            button.setEnabled(ready)
            button.setToolTip(reason)
            button.show_state(*self._button_text(each, tick))
        if tick is not None and self.spec is not None and not gate:
            pips = (tick.ask - tick.bid) / self.spec.pip if self.spec.pip > 0 else 0
            clicks = "off" if self._context.ui.values.confirm_orders else "on"
            _set_text(form.spread, f"Spread {formatting.number(pips, 1)} pips · one-click {clicks}")
        else:
            _set_text(form.spread, "")
        self._show_message(gate, side)
        show_preview(form, self._previews.get(side), self.draft, self._account)

    def _button_text(self, side: Side, tick: Tick | None) -> tuple[str, str]:
        if self._sender.sending is side:
            return "Sending …", ""
        suffix = "" if self._kind is OrderKind.MARKET else f" {KINDS[self._kind].lower()}"
        price = self.draft.entry(side, tick.bid, tick.ask) if self.draft and tick else None
        if price is None and tick is not None:
            price = Decimal(str(tick.ask if side is Side.BUY else tick.bid))
        text = formatting.price(price, self.spec.digits) if price is not None and self.spec else ""
        return f"{side.value.capitalize()}{suffix}", text

    def _show_message(self, gate: str, side: Side) -> None:
        hindrance = str(self._error) if self._error is not None else self._problems.get(side, "")
        if gate:
            text, tone = gate, "warning"
        elif self._sender.message:
            text, tone = "\n".join(filter(None, (self._sender.message, hindrance))), self._sender.tone
        else:
            text, tone = hindrance, "warning"
        _set_text(self.form.message, text)
        set_tone(self.form.message, tone)


def _set_text(target: Any, text: str) -> None:
    if target.text() != text:
        target.setText(text)

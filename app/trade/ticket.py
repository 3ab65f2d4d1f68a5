"""The order ticket: reads its fields, previews the order as they change, sends it once."""

import asyncio
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import uuid4

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from agent_core.protocol.errors import ForexEliteError
from agent_core.protocol.market import Timeframe
from agent_core.terminal.models import Account, OrderKind, Side, SymbolSpec, Tick
from agent_core.trading.models import OrderPreview, OrderTicket, SizeMode
from app import formatting
from app.context import AppContext
from app.language import tr
from app.trade.atr import TIMEFRAMES, AtrReader
from app.trade.draft import Draft, Market
from app.trade.kept_distance import KeptDistance
from app.trade.levels import DraftError, Level, LevelUnit, level_at
from app.trade.one_click import OneClick
from app.trade.order_gate import closed_reason
from app.trade.ticket_confirm import confirmed
from app.trade.ticket_form import KINDS, TicketForm
from app.trade.ticket_inputs import TicketInputs
from app.trade.ticket_sender import TicketSender
from app.trade.ticket_summary import show_preview
from app.widgets.labels import set_tone

_DEBOUNCE_MS = 120
_REPEAT_MS = 1000


@dataclass(frozen=True, slots=True)
class TicketLevels:
    """What the chart shows of the order that is being prepared.

    `trigger` is the first price of a stop-limit, `commission` the cost of a lot, which the stop loses too.
    """

    side: Side
    kind: OrderKind
    entry: Decimal
    sl: Decimal | None
    tp: Decimal | None
    preview: OrderPreview | None
    trigger: Decimal | None = None
    commission: Decimal = Decimal(0)


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
        self._inputs = TicketInputs(self.form, context.ui)
        self.one_click = OneClick(context, self.form.one_click)
        self._atr = AtrReader(context, self)
        self._lean = Side.BUY
        self._kept: KeptDistance | None = None
        self._error: DraftError | None = None
        self._previews: dict[Side, OrderPreview] = {}
        self._problems: dict[Side, str] = {}
        self._commissions: dict[str, Decimal] = {}
        self._previewing: asyncio.Task[Any] | None = None
        self._sender = TicketSender(context, self)
        self._sender.changed.connect(self._refresh)
        self._sender.succeeded.connect(self._rest)
        self._resting = self._following = False
        self._debounce = QTimer(self, singleShot=True, interval=_DEBOUNCE_MS)
        self._debounce.timeout.connect(self._preview_now)
        self._atr.changed.connect(self._debounce.start)
        self._repeat = QTimer(self, interval=_REPEAT_MS)
        self._repeat.timeout.connect(self._preview_when_seen)
        self._repeat.start()
        self._connect()
        self._edited()

    # What others tell the ticket

    def focus(self, spec: SymbolSpec) -> None:
        """Prepares orders for another symbol; levels of the last one mean nothing here."""
        if self.spec is None or self.spec.name != spec.name:
            self._inputs.clear_prices()
        self.spec = spec
        self._edited()

    def set_level(self, name: str, price: Decimal | None) -> None:
        """Puts a price ("price", "limit_price"), stop or target ("sl", "tp") where its line was dragged to."""
        spec, market = self.spec, self.market
        digits = spec.digits if spec else 5
        if name in self._inputs.levels:
            self._put_level(name, price, market, digits)
        else:
            self._inputs.fields[name].setText("" if price is None else formatting.price(price, digits))

    def _put_level(self, name: str, price: Decimal | None, market: Market | None, digits: int) -> None:
        level = self._inputs.levels[name]
        if price is None:
            level.field.clear()
            return
        if level.unit is LevelUnit.PRICE or market is None or self.draft is None:
            level.write(Level(LevelUnit.PRICE, price), digits)
            return
        below = price < self.draft.entry(self.side, market.bid, market.ask)
        self._lean = Side.BUY if below == (name == "sl") else Side.SELL
        basis = self.draft.basis(self._lean, market)
        found = level_at(price, level.unit, self._prices(self._lean)[0], basis, loss=name == "sl")
        if found is not None:
            level.write(found, digits)

    @property
    def tick(self) -> Tick | None:
        """The last quote of the ticket's symbol."""
        return self._context.agent.feed.last(self.spec.name) if self.spec else None

    @property
    def market(self) -> Market | None:
        """What levels are worked out against; None until there is a quote."""
        tick, account = self.tick, self._account
        if tick is None or self.spec is None:
            return None
        atr = self._atr.value(self.spec.name, self._timeframe)
        equity = account.equity if account is not None else 0.0
        return Market(self.spec, tick.bid, tick.ask, equity, atr, self._commissions.get(self.spec.name, Decimal(0)))

    @property
    def side(self) -> Side:
        """The side the levels are for; while only distances are given, the one last used."""
        tick = self.tick
        side = self.draft.side(tick.bid, tick.ask) if self.draft and tick else None
        return side or self._lean

    def levels(self) -> TicketLevels | None:
        """Returns what to show on the chart, None while there is no level yet, or the order has just gone out."""
        draft, tick, side = self.draft, self.tick, self.side
        if self._resting or draft is None or tick is None:
            return None
        if draft.sl is None and draft.tp is None and draft.price is None:
            return None
        entry, (sl, tp) = draft.entry(side, tick.bid, tick.ask), self._prices(side)
        trigger = draft.price if draft.limit is not None else None
        commission = self._commissions.get(tick.symbol, Decimal(0))
        return TicketLevels(side, draft.kind, entry, sl, tp, self._previews.get(side), trigger, commission)

    @property
    def lots(self) -> Decimal | None:
        """Size of the order as it was worked out last, None while it has none."""
        preview = self._previews.get(self.side)
        return preview.lots or None if preview is not None else None

    def _prices(self, side: Side) -> tuple[Decimal | None, Decimal | None]:
        market = self.market
        try:
            return self.draft.prices(side, market) if self.draft is not None and market is not None else (None, None)
        except DraftError:
            return None, None

    # Editing

    def _connect(self) -> None:
        form = self.form
        for field in (*self._inputs.fields.values(), form.comment_field):
            field.textChanged.connect(self._edited)
        for kind, choice in form.kinds.items():
            choice.clicked.connect(lambda _checked, chosen=kind: self._choose_kind(chosen))
        self._inputs.sizes.mode_chosen.connect(self._choose_mode)
        self._inputs.sizes.size_chosen.connect(form.size_field.setText)
        for name, level in self._inputs.levels.items():
            level.unit_chosen.connect(lambda unit, each=name: self._choose_unit(each, unit))
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
        self._inputs.kind = kind
        self.form.show_prices(kind)
        tick = self.tick
        if kind is not OrderKind.MARKET and not self.form.price_field.text() and tick and self.spec:
            self.form.price_field.setText(formatting.price(tick.bid, self.spec.digits))
        if kind is OrderKind.STOP_LIMIT and not self.form.limit_field.text():
            self.form.limit_field.setText(self.form.price_field.text())
        self._edited()

    def _choose_mode(self, mode: SizeMode) -> None:
        self._inputs.sizes.show_mode(mode)
        self._edited()

    def _choose_unit(self, name: str, unit: LevelUnit) -> None:
        level, market, draft, side = self._inputs.levels[name], self.market, self.draft, self.side
        found = None
        if market is not None and draft is not None:
            sl, tp = self._prices(side)
            price = sl if name == "sl" else tp
            if price is not None:
                self._lean = side
                found = level_at(price, unit, sl, draft.basis(side, market), loss=name == "sl")
        self._inputs.keep_units()
        level.write(found, self.spec.digits if self.spec else 5)
        self._edited()

    def _edited(self) -> None:
        if self._following:
            return
        self._sender.forget_outcome()
        self._resting, self._kept = False, None
        self._reread()
        self._previews.clear()
        self._problems.clear()
        self._debounce.start()
        self._refresh()
        self.levels_changed.emit()

    def _reread(self) -> None:
        self._error, self.draft = None, None
        try:
            self.draft = self._inputs.read()
        except DraftError as error:
            self._error = error
        self._inputs.mark(self._error)

    # Preview

    def _preview_when_seen(self) -> None:
        if self.isVisible() and not self._sender.busy:
            self._preview_now()

    def _preview_now(self) -> None:
        market = self.market
        if self.draft is None or market is None or not self._context.agent.terminal.connected:
            return
        if self._previewing is not None and not self._previewing.done():
            self._debounce.start()  # one at a time: the terminal answers one question after the other
            return
        self._previewing = self._context.tasks.start(self._preview(self.draft, market))

    async def _preview(self, draft: Draft, market: Market) -> None:
        previews: dict[Side, OrderPreview] = {}
        problems: dict[Side, str] = {}
        for side in Side:
            try:
                order = draft.ticket(uuid4(), side, market)
                previews[side] = preview = await self._context.agent.desk.preview(order)
                if preview.lots:
                    self._commissions[order.symbol] = preview.commission / preview.lots
                problems[side] = preview.problems[0] if preview.problems else ""
            except DraftError as error:
                problems[side] = str(error)
            except ForexEliteError as error:
                problems[side] = error.detail
        same = draft == self.draft or (self._kept is not None and self._resting)
        if same and self.spec is not None and self.spec.name == market.spec.name:
            self._previews, self._problems = previews, problems
            self._refresh()
            self.levels_changed.emit()

    # Sending

    def _press(self, side: Side) -> None:
        market = self.market
        if self._sender.busy or self.draft is None or market is None:
            return
        try:
            order = self.draft.ticket(uuid4(), side, market)
        except DraftError:
            return  # the button is locked and says why
        self._lean, self._kept = side, KeptDistance.of(order, self.draft, market)
        if self.one_click.on:
            self._sender.send(order)
        else:
            self._sender.hold()
            self._context.tasks.start(self._confirm(order, self._previews.get(side)))

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
        self._follow()
        self.levels_changed.emit()

    def _follow(self) -> None:
        """Lets stop and target typed as prices keep their distance from the market until the next edit."""
        market = self.market
        if not self._resting or self._kept is None or market is None or self._kept.symbol != market.spec.name:
            return
        self._following = True
        for name, price in self._kept.prices(market).items():
            _set_text(self._inputs.fields[name], formatting.price(price, market.spec.digits))
        self._following = False
        self._reread()

    # Showing

    @property
    def _timeframe(self) -> Timeframe:
        return next((frame for frame in TIMEFRAMES if frame == self._context.ui.values.timeframe), "M15")

    @property
    def _account(self) -> Account | None:
        return self._context.agent.terminal.account

    def _on_ticks(self, ticks: dict[str, Tick]) -> None:
        if self.spec is not None and self.spec.name in ticks:
            self._follow()
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
            button.setToolTip(tr(reason))
            button.show_state(*self._button_text(each, tick))
        if tick is not None and self.spec is not None and not gate:
            pips = (tick.ask - tick.bid) / self.spec.pip if self.spec.pip > 0 else 0
            _set_text(form.spread, f"Spread {formatting.number(pips, 1)} pips ·")
        else:
            _set_text(form.spread, "")
        self._show_message(gate, side)
        show_preview(form, self._previews.get(side), self.draft, self._account, self._price_texts(side))

    def _price_texts(self, side: Side) -> tuple[str, str]:
        digits = self.spec.digits if self.spec else 5
        sl, tp = (
            ""
            if price is None or self._inputs.levels[name].unit is LevelUnit.PRICE
            else formatting.price(price, digits)
            for name, price in zip(("sl", "tp"), self._prices(side), strict=True)
        )
        return sl, tp

    def _button_text(self, side: Side, tick: Tick | None) -> tuple[str, str]:
        if self._sender.sending is side:
            return tr("Sending …"), ""
        suffix = "" if self._inputs.kind is OrderKind.MARKET else f" {KINDS[self._inputs.kind].lower()}"
        price = self.draft.entry(side, tick.bid, tick.ask) if self.draft and tick else None
        if price is None and tick is not None:
            price = Decimal(str(tick.ask if side is Side.BUY else tick.bid))
        text = formatting.price(price, self.spec.digits) if price is not None and self.spec else ""
        return tr(f"{side.value.capitalize()}{suffix}"), text

    def _show_message(self, gate: str, side: Side) -> None:
        hindrance = str(self._error) if self._error is not None else self._problems.get(side, "")
        if gate:
            text, tone = gate, "warning"
        elif self._sender.message:
            text, tone = "\n".join(filter(None, (self._sender.message, hindrance))), self._sender.tone
        else:
            text, tone = hindrance, "warning"
        _set_text(self.form.message, "\n".join(map(tr, text.split("\n"))))
        set_tone(self.form.message, tone)


def _set_text(target: Any, text: str) -> None:
    if target.text() != text:
        target.setText(text)

"""The order ticket's widgets, without behaviour."""

from itertools import pairwise

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from agent_core.terminal.models import OrderKind
from agent_core.trading.models import SizeMode
from app.language import tr
from app.theme import Theme
from app.trade.price_button import PriceButton
from app.widgets.buttons import MenuButton, button
from app.widgets.labels import SectionHeader, label, separator
from app.widgets.scrolled import FittingScrollArea

#: Height of the fields from which they rather scroll than shrink.
_LEAST_FIELDS = 150

#: Sizes the ticket offers, in the order of its menu.
SIZE_MODES: dict[SizeMode, str] = {
    SizeMode.RISK_PERCENT: "Risk %", SizeMode.RISK_MONEY: "Risk money", SizeMode.LOTS: "Lots",
    SizeMode.UNITS: "Units",
}  # fmt: skip
KINDS: dict[OrderKind, str] = {
    OrderKind.MARKET: "Market", OrderKind.LIMIT: "Limit", OrderKind.STOP: "Stop", OrderKind.STOP_LIMIT: "Stop-limit",
}  # fmt: skip


class HintField(QLineEdit):
    """A field with a quiet note, or something to click, at its right end."""

    def __init__(self, theme: Theme, name: str, placeholder: str = "") -> None:
        super().__init__()
        self.setObjectName(name)
        self.setPlaceholderText(tr(placeholder))
        self.setFixedHeight(32)
        self.note = button("", f"{name}.note", "link")
        self.note.setParent(self)
        self.note.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.note.setCursor(Qt.CursorShape.ArrowCursor)
        self.note.setStyleSheet(f"font-size: {theme.font('small').pointSizeF()}pt; padding: 0 4px;")
        self.note.hide()
        self._shown = ("", False)

    def set_note(self, text: str, *, clickable: bool = False) -> None:
        """Changes the note; an empty one takes no room."""
        if self._shown == (text, clickable):
            return
        self._shown = (text, clickable)
        self.note.setText(tr(text))
        self.note.setEnabled(clickable)
        self.note.setCursor(Qt.CursorShape.PointingHandCursor if clickable else Qt.CursorShape.IBeamCursor)
        self.note.setVisible(bool(text))
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Keeps the note at the right end."""
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        size: QSize = self.note.sizeHint()
        width = min(size.width(), max(0, self.width() - 64))
        self.note.setGeometry(self.width() - width - 4, 2, width, self.height() - 4)
        self.setTextMargins(0, 0, width if self.note.text() else 0, 0)


class TicketForm(QWidget):
    """Fields, summary and buttons of the ticket, top to bottom."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.kinds: dict[OrderKind, QPushButton] = {}
        self.size_mode = MenuButton("ticket.size_mode", "Size in")
        self.size_menu = self.size_mode.choices
        self.sl_unit = MenuButton("ticket.sl.unit", "Stop loss in")
        self.tp_unit = MenuButton("ticket.tp.unit", "Take profit in")
        self.size_field = HintField(theme, "ticket.size")
        self.price_field = HintField(theme, "ticket.price", "Price")
        self.limit_field = HintField(theme, "ticket.limit_price", "Limit price")
        self.sl_field = HintField(theme, "ticket.sl", "None")
        self.tp_field = HintField(theme, "ticket.tp", "None")
        self.comment_field = HintField(theme, "ticket.comment", "Note for yourself")
        self.comment_field.setMaxLength(29)
        self.sl_hint, self.tp_hint = label("", "small", "ticket.sl.hint"), label("", "small", "ticket.tp.hint")
        self.cost_note = label("", "dim", "ticket.cost_note", wrap=True)
        self.summary = {name: label("–", "", f"ticket.{name}") for name in ("margin", "free_after", "cost", "guard")}
        self.sell = PriceButton(theme, "ticket.sell", "down_fill", "down")
        self.buy = PriceButton(theme, "ticket.buy", "up_fill", "up")
        self.spread = label("", "tiny", "ticket.spread")
        self.one_click = button("", "ticket.one_click", "link")
        self.message = label("", "", "ticket.message", wrap=True)
        self.message.setMinimumHeight(36)
        self.message.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self._build()

    def _build(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(SectionHeader("Order"))
        fields, scrolled = QWidget(), FittingScrollArea()
        body = QVBoxLayout(fields)
        body.setContentsMargins(14, 0, 14, 6)
        body.setSpacing(4)
        scrolled.setMinimumHeight(_LEAST_FIELDS)
        outer.addWidget(scrolled, 1)
        body.addWidget(self._build_kinds())
        body.addSpacing(6)
        self._row(body, "Size", self.size_field, self.size_mode)
        self.price_caption = self._row(body, "Price", self.price_field)
        self.limit_caption = self._row(body, "Limit price", self.limit_field)
        self._row(body, "Stop loss", self.sl_field, self.sl_hint, self.sl_unit)
        self._row(body, "Take profit", self.tp_field, self.tp_hint, self.tp_unit)
        self._row(body, "Comment", self.comment_field, label("optional", "tiny"))
        body.addSpacing(4)
        body.addWidget(self._build_summary())
        scrolled.hold(fields)
        outer.addLayout(self._build_foot())
        outer.addWidget(separator())
        self.show_prices(OrderKind.MARKET)
        self._order_tabs()

    def _build_foot(self) -> QVBoxLayout:
        """What sends and what hinders it stay in sight, however low the window is."""
        foot = QVBoxLayout()
        foot.setContentsMargins(14, 0, 14, 8)
        foot.setSpacing(4)
        sides = QHBoxLayout()
        sides.setSpacing(8)
        sides.addWidget(self.sell)
        sides.addWidget(self.buy)
        foot.addLayout(sides)
        foot.addSpacing(2)
        below = QHBoxLayout()
        below.setSpacing(6)
        below.addStretch(1)
        below.addWidget(self.spread)
        below.addWidget(self.one_click)
        below.addStretch(1)
        foot.addLayout(below)
        foot.addWidget(self.message)
        return foot

    def show_prices(self, kind: OrderKind) -> None:
        """Shows the price fields that a kind of order has."""
        for widget in (self.price_caption, self.price_field):
            widget.setVisible(kind is not OrderKind.MARKET)
        for widget in (self.limit_caption, self.limit_field):
            widget.setVisible(kind is OrderKind.STOP_LIMIT)

    def _order_tabs(self) -> None:
        # Down the fields first, their units afterwards, the buttons that send last.
        fields = (self.size_field, self.price_field, self.limit_field, self.sl_field, self.tp_field, self.comment_field)
        units, senders = (self.size_mode, self.sl_unit, self.tp_unit), (self.sell, self.buy, self.one_click)
        chain = (*self.kinds.values(), *fields, *units, *senders)
        for first, second in pairwise(chain):
            QWidget.setTabOrder(first, second)

    def _row(self, body: QVBoxLayout, title: str, field: QLineEdit, *right: QWidget) -> QWidget:
        caption = QWidget()
        line = QHBoxLayout(caption)
        line.setContentsMargins(0, 2, 0, 0)
        line.setSpacing(2)
        line.addWidget(label(title, "small"))
        line.addStretch(1)
        for widget in right:
            line.addWidget(widget)
        field.setAccessibleName(tr(title))
        body.addWidget(caption)
        body.addWidget(field)
        return caption

    def _build_kinds(self) -> QFrame:
        well = QFrame()
        well.setProperty("role", "well")
        row = QHBoxLayout(well)
        row.setContentsMargins(2, 2, 2, 2)
        row.setSpacing(2)
        group = QButtonGroup(self)
        for kind, title in KINDS.items():
            choice = button(title, f"ticket.kind.{kind.value.lower()}", "segment")
            choice.setCheckable(True)
            choice.setChecked(kind is OrderKind.MARKET)
            group.addButton(choice)
            row.addWidget(choice, 1)
            self.kinds[kind] = choice
        return well

    def _build_summary(self) -> QFrame:
        well = QFrame()
        well.setProperty("role", "well")
        grid = QGridLayout(well)
        grid.setContentsMargins(10, 8, 10, 8)
        grid.setVerticalSpacing(5)
        titles = ("Margin required", "Free after", "Spread + commission", "Risk guard")
        for number, (title, value) in enumerate(zip(titles, self.summary.values(), strict=True)):
            grid.addWidget(label(title, "dim", wrap=True), number, 0)  # in a narrow column the amounts stay whole
            value.setProperty("role", "strong")
            value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(value, number, 1)
        self.cost_note.hide()
        grid.addWidget(self.cost_note, len(titles), 0, 1, 2)
        grid.setColumnStretch(0, 1)
        return well

"""The ticket's fields as one thing to read: kind, size, prices, stop and target in their units."""

from PySide6.QtCore import QObject

from agent_core.terminal.models import OrderKind
from agent_core.trading.models import SizeMode
from app.trade.draft import Draft, read_number
from app.trade.level_field import LevelField
from app.trade.levels import DraftError, LevelUnit
from app.trade.size_menu import SizeMenu
from app.trade.ticket_form import KINDS, HintField, TicketForm
from app.ui_settings import UiSettingsFile
from app.widgets.labels import set_invalid

_STOP_UNITS = {LevelUnit.PRICE: "Price", LevelUnit.PIPS: "Pips", LevelUnit.MONEY: "Money", LevelUnit.ATR: "ATR"}
_TARGET_UNITS = {**_STOP_UNITS, LevelUnit.R: "R"}


class TicketInputs(QObject):
    """Reads a form.

    Attributes:
        kind: Kind of the order that is prepared.
        levels: Stop and target fields by name, "sl" and "tp".
        sizes: The menu of the size, which holds its mode.
    """

    def __init__(self, form: TicketForm, ui: UiSettingsFile) -> None:
        super().__init__(form)
        self._form, self._ui = form, ui
        self.kind = OrderKind.MARKET
        self.sizes = SizeMenu(form, ui)
        self.levels = {
            "sl": LevelField("sl", "Stop loss", form.sl_field, form.sl_unit, _STOP_UNITS),
            "tp": LevelField("tp", "Take profit", form.tp_field, form.tp_unit, _TARGET_UNITS),
        }
        self.fields: dict[str, HintField] = {
            "size": form.size_field, "price": form.price_field, "limit_price": form.limit_field,
            "sl": form.sl_field, "tp": form.tp_field,
        }  # fmt: skip
        form.size_field.setText(f"{ui.values.risk_percent:.2f}")
        self.sizes.show_mode(SizeMode.RISK_PERCENT)
        for name, level in self.levels.items():
            stored = ui.values.level_units.get(name, "")
            level.set_unit(LevelUnit(stored) if stored in LevelUnit.__members__ else LevelUnit.PRICE)

    def keep_units(self) -> None:
        """Remembers the units of stop and target."""
        self._ui.set("level_units", {name: level.unit.value for name, level in self.levels.items()})

    def clear_prices(self) -> None:
        """Empties everything that belongs to one symbol."""
        for name, field in self.fields.items():
            if name != "size":
                field.clear()

    def read(self) -> Draft:
        """Returns the ticket as filled in.

        Raises:
            DraftError: something is missing or no number.
        """
        form, kind = self._form, self.kind
        size = read_number(form.size_field.text(), "size", "Size")
        if size is None:
            raise DraftError("size", "Enter a size.")
        price = limit = None
        if kind is not OrderKind.MARKET:
            price = read_number(form.price_field.text(), "price", "Price")
            if price is None:
                raise DraftError("price", f"Enter the price of the {KINDS[kind].lower()} order.")
        if kind is OrderKind.STOP_LIMIT:
            limit = read_number(form.limit_field.text(), "limit_price", "Limit price")
            if limit is None:
                raise DraftError("limit_price", "Enter the limit price: the order waits there after its price is met.")
        sl, tp = self.levels["sl"].read(), self.levels["tp"].read()
        return Draft(kind, self.sizes.mode, size, price, sl, tp, form.comment_field.text().strip(), limit)

    def mark(self, error: DraftError | None) -> None:
        """Marks the field an error is about, and no other."""
        for name, field in self.fields.items():
            set_invalid(field, error is not None and error.field == name and bool(field.text()))

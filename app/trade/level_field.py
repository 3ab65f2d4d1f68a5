"""A stop or target field with its unit."""

from decimal import Decimal

from PySide6.QtCore import QObject, Signal

from app import formatting
from app.language import tr
from app.trade.draft import read_number
from app.trade.levels import Level, LevelUnit
from app.trade.ticket_form import HintField
from app.widgets.buttons import MenuButton

_PLACES = {LevelUnit.PIPS: 1, LevelUnit.MONEY: 2, LevelUnit.R: 2, LevelUnit.ATR: 2}


class LevelField(QObject):
    """Reads and writes a field in the unit its menu shows.

    Signals:
        unit_chosen: The user took another unit; the field still holds what was typed in the one before.
    """

    unit_chosen = Signal(object)

    def __init__(self, name: str, title: str, field: HintField, menu: MenuButton, units: dict[LevelUnit, str]) -> None:
        super().__init__(field)
        self.field = field
        self._name, self._title, self._menu, self._units = name, title, menu, units
        self.unit = LevelUnit.PRICE
        for unit, text in units.items():
            menu.choices.addAction(tr(text)).triggered.connect(lambda _checked, chosen=unit: self._choose(chosen))
        self.set_unit(self.unit)

    def set_unit(self, unit: LevelUnit) -> None:
        """Changes the unit, not what is typed; one the field does not offer is left aside."""
        if unit in self._units:
            self.unit = unit
            self._menu.show_choice(self._units[unit])
            self.field.setAccessibleName(f"{tr(self._title)} in {tr(self._units[unit])}")

    def read(self) -> Level | None:
        """Returns what is typed; None for an empty field.

        Raises:
            DraftError: it is not a number above zero.
        """
        value = read_number(self.field.text(), self._name, self._title)
        return None if value is None else Level(self.unit, value)

    def write(self, level: Level | None, digits: int) -> None:
        """Writes a level in its unit; `digits` are the symbol's."""
        if level is None:
            self.field.clear()
            return
        self.set_unit(level.unit)
        self.field.setText(level_text(level.value, level.unit, digits))

    def _choose(self, unit: LevelUnit) -> None:
        if unit is not self.unit:
            self.set_unit(unit)
            self.unit_chosen.emit(unit)


def level_text(value: Decimal, unit: LevelUnit, digits: int) -> str:
    """Returns a level as it stands in its field, without thousands separators."""
    return formatting.price(value, digits if unit is LevelUnit.PRICE else _PLACES[unit])

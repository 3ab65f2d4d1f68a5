"""The menu of the ticket's size: what it is given in, and the trader's own presets."""

from decimal import Decimal

from PySide6.QtCore import QObject, Signal

from agent_core.trading.models import SizeMode
from agent_core.trading.numbers import plain
from app.language import tr
from app.trade.draft import read_number
from app.trade.levels import DraftError
from app.trade.ticket_form import SIZE_MODES, TicketForm
from app.ui_settings import UiSettingsFile

_SUFFIXES = {SizeMode.RISK_PERCENT: " %", SizeMode.LOTS: " lots", SizeMode.UNITS: " units"}
MOST_PRESETS = 8


class SizeMenu(QObject):
    """Modes above, presets of the chosen mode below.

    Signals:
        mode_chosen: Another `SizeMode`.
        size_chosen: A preset as text for the field.
    """

    mode_chosen = Signal(object)
    size_chosen = Signal(str)

    def __init__(self, form: TicketForm, ui: UiSettingsFile) -> None:
        super().__init__(form)
        self._form, self._ui = form, ui
        self.mode = SizeMode.RISK_PERCENT
        form.size_menu.aboutToShow.connect(self._fill)
        self._fill()

    def show_mode(self, mode: SizeMode) -> None:
        """Shows the mode that is in force."""
        self.mode = mode
        self._form.size_mode.show_choice(SIZE_MODES[mode])
        self._fill()

    def presets(self) -> list[Decimal]:
        """Returns the presets of the mode, smallest first."""
        return sorted(self._ui.values.size_presets.get(self.mode.value, []))

    def keep(self, size: Decimal) -> None:
        """Makes a size a preset; at most eight a mode are kept."""
        self._store([*self.presets(), size][:MOST_PRESETS])

    def forget(self, size: Decimal) -> None:
        """Takes a preset away."""
        self._store([each for each in self.presets() if each != size])

    def _store(self, sizes: list[Decimal]) -> None:
        stored = {**self._ui.values.size_presets, self.mode.value: sizes}
        self._ui.set("size_presets", stored)
        self._fill()

    def _fill(self) -> None:
        menu = self._form.size_menu
        menu.clear()
        for mode, title in SIZE_MODES.items():
            action = menu.addAction(tr(title))
            action.setCheckable(True)
            action.setChecked(mode is self.mode)
            action.triggered.connect(lambda _checked, chosen=mode: self.mode_chosen.emit(chosen))
        menu.addSeparator()
        for size in self.presets():
            action = menu.addAction(self._text(size))
            action.triggered.connect(lambda _checked, chosen=size: self.size_chosen.emit(plain(chosen)))
        typed = self._typed()
        if typed is None:
            return
        menu.addSeparator()
        if typed in self.presets():
            menu.addAction(tr(f"Forget {self._text(typed)}")).triggered.connect(lambda _checked: self.forget(typed))
        elif len(self.presets()) < MOST_PRESETS:
            menu.addAction(tr(f"Keep {self._text(typed)}")).triggered.connect(lambda _checked: self.keep(typed))

    def _typed(self) -> Decimal | None:
        try:
            return read_number(self._form.size_field.text(), "size", "Size")
        except DraftError:
            return None

    def _text(self, size: Decimal) -> str:
        suffix = _SUFFIXES.get(self.mode, "")
        return tr(f"{plain(size)}{suffix.removesuffix('s') if size == 1 else suffix}")

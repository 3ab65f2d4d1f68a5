"""Appearance and trading habits: settings of the window itself."""

from decimal import Decimal
from functools import partial

from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox

from app.context import AppContext
from app.language import LANGUAGES, tr
from app.settings.choice import Choice
from app.settings.section import Section
from app.widgets.buttons import check_box

#: Title, what follows from it, the choice, and its setting.
_QUESTIONS = (
    ("Confirmation", "Without it, one press sends the order. A live account always asks until one-click is turned on "
     "in the ticket, at each start anew.", "Ask before an order is sent", "confirm_orders"),
    ("Dragged lines", "Else a stop, target or order is changed when its line is let go.",
     "Ask before it is sent", "confirm_drags"),
)  # fmt: skip


class AppearanceSection(Section):
    """Theme and the colours of the market's direction."""

    def __init__(self, context: AppContext) -> None:
        super().__init__("appearance", "Appearance", "Changes show at once.")
        self._ui = context.ui
        self._theme = Choice("settings.theme", (("dark", "Dark"), ("light", "Light")))
        self._theme.chosen.connect(lambda value: context.ui.set("theme", value))
        self._colours = Choice("settings.colours", (("green_red", "Green / red"), ("blue_orange", "Blue / orange")))
        self._colours.chosen.connect(lambda value: context.ui.set("market_colours", value))
        self.add_row("Theme", "", self._theme)
        self.add_row("Rising and falling", "Blue and orange can be told apart by everyone.", self._colours)
        self._language = Choice("settings.language", tuple(LANGUAGES.items()))
        self._language.chosen.connect(self._choose_language)
        self.add_row("Language", "Used from the next start on.", self._language)
        context.ui.changed.connect(self._show)
        self._show()

    def _show(self, _name: str = "") -> None:
        self._theme.show_value(self._ui.values.theme)
        self._colours.show_value(self._ui.values.market_colours)
        self._language.show_value(self._ui.values.language)

    def _choose_language(self, language: str) -> None:
        self._ui.set("language", language)
        self.note.setText(tr("Close and start ForexElite Pro to use it."))


class TradingSection(Section):
    """Habits of the order ticket."""

    def __init__(self, context: AppContext) -> None:
        super().__init__("trading", "Trading", "How a new order ticket starts.")
        self._ui = context.ui
        risk = QDoubleSpinBox()
        risk.setObjectName("settings.risk_percent")
        risk.lineEdit().setAccessibleName(tr("Default risk in percent"))
        risk.setRange(0.01, 100)
        risk.setDecimals(2)
        risk.setSingleStep(0.25)
        risk.setSuffix(" %")
        risk.setFixedWidth(120)
        risk.setValue(float(context.ui.values.risk_percent))
        risk.valueChanged.connect(lambda value: context.ui.set("risk_percent", Decimal(f"{value:.2f}")))
        self.add_row("Default risk of an order", "Part of equity that is lost when the stop is hit.", risk)
        for title, hint, text, name in _QUESTIONS:
            box = check_box(text, f"settings.{name}", checked=getattr(context.ui.values, name))
            box.toggled.connect(partial(context.ui.set, name))
            self.add_row(title, hint, box)
        context.ui.changed.connect(self._show)

    def _show(self, name: str) -> None:
        box = self.findChild(QCheckBox, f"settings.{name}")
        if isinstance(box, QCheckBox):
            box.setChecked(getattr(self._ui.values, name))


class AlertsSection(Section):
    """How alerts reach the trader, and what the journal keeps by itself."""

    def __init__(self, context: AppContext) -> None:
        super().__init__("alerts", "Alerts and journal", "Alerts always show in the window and in their list.")
        rows = (
            ("Sound", "The computer's own sound.", "Play a sound with an alert", "alert_sound"),
            ("Tray", "While another window is in front.", "Show alerts beside the clock", "alert_tray"),
            ("Journal", "At entry and exit, if the symbol is charted.", "Keep pictures of the chart",
             "journal_pictures"),
        )  # fmt: skip
        for title, hint, text, name in rows:
            box = check_box(text, f"settings.{name}", checked=getattr(context.ui.values, name))
            box.toggled.connect(partial(context.ui.set, name))
            self.add_row(title, hint, box)

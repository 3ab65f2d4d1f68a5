"""Appearance and trading habits: settings of the window itself."""

from decimal import Decimal

from PySide6.QtWidgets import QDoubleSpinBox

from app.context import AppContext
from app.settings.choice import Choice
from app.settings.section import Section
from app.widgets.buttons import check_box


class AppearanceSection(Section):
    """Theme and the colours of the market's direction."""

    def __init__(self, context: AppContext) -> None:
        super().__init__("appearance", "Appearance", "Changes show at once.")
        values = context.ui.values
        theme = Choice("settings.theme", (("dark", "Dark"), ("light", "Light")))
        theme.show_value(values.theme)
        theme.chosen.connect(lambda value: context.ui.set("theme", value))
        colours = Choice("settings.colours", (("green_red", "Green / red"), ("blue_orange", "Blue / orange")))
        colours.show_value(values.market_colours)
        colours.chosen.connect(lambda value: context.ui.set("market_colours", value))
        self.add_row("Theme", "", theme)
        self.add_row("Rising and falling", "Blue and orange can be told apart by everyone.", colours)
        context.ui.changed.connect(lambda _name: theme.show_value(context.ui.values.theme))


class TradingSection(Section):
    """Habits of the order ticket."""

    def __init__(self, context: AppContext) -> None:
        super().__init__("trading", "Trading", "How a new order ticket starts.")
        risk = QDoubleSpinBox()
        risk.setObjectName("settings.risk_percent")
        risk.setRange(0.01, 100)
        risk.setDecimals(2)
        risk.setSingleStep(0.25)
        risk.setSuffix(" %")
        risk.setFixedWidth(120)
        risk.setValue(float(context.ui.values.risk_percent))
        risk.valueChanged.connect(lambda value: context.ui.set("risk_percent", Decimal(f"{value:.2f}")))
        confirm = check_box(
            "Ask before an order is sent", "settings.confirm_orders", checked=context.ui.values.confirm_orders
        )
        confirm.toggled.connect(lambda checked: context.ui.set("confirm_orders", checked))
        self.add_row("Default risk of an order", "Part of equity that is lost when the stop is hit.", risk)
        self.add_row("Confirmation", "Without it, one press sends the order.", confirm)

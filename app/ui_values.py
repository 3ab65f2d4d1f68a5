"""What the window remembers, as one typed model. It is imported when the window is painted already."""

from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from app.alerts.price_alert import PriceAlert

_PRESETS = {
    "RISK_PERCENT": [Decimal("0.25"), Decimal("0.5"), Decimal(1), Decimal(2)],
    "RISK_MONEY": [Decimal(25), Decimal(50), Decimal(100)],
    "LOTS": [Decimal("0.01"), Decimal("0.1"), Decimal("0.5"), Decimal(1)],
    "UNITS": [Decimal(1000), Decimal(10000), Decimal(100000)],
}


class UiSettings(BaseModel):
    """What the window remembers.

    Attributes:
        theme: Colour set.
        language: Language of the window, a name of `app.language.LANGUAGES`.
        market_colours: Colours of rising and falling prices.
        risk_percent: Default risk of a new order, in percent of equity.
        confirm_orders: Whether an order on a demo account asks once more before it is sent.
        confirm_drags: Whether a line that was dragged asks once more before the change is sent.
        watchlist: Symbols of the watchlist, top to bottom; empty shows the terminal's first ones.
        watchlist_name: Name of that list; empty for the first one.
        watchlists: Symbols of the lists that are not shown, by name.
        symbol: Symbol of the chart.
        timeframe: Timeframe of the chart.
        page: Page shown at start.
        geometry: Place of the window, base64 of Qt's own format.
        layouts: State of splitters by name, base64 of Qt's own format.
        named_layouts: Such states kept under a name of the trader's, to come back to.
        shortcuts: Keys by command, where they are not the usual ones.
        toured: Whether the short tour of the window was shown.
        size_presets: Sizes of the ticket's menu by `SizeMode`.
        level_units: Unit of the ticket's "sl" and "tp".
        price_alerts: Price alerts, oldest first.
        table_groups: What rows are grouped by, by table.
        hidden_columns: Titles of the columns that are not shown, by table.
        cloud_url: Address of the cloud; None takes the one of the environment.
        alert_sound: Whether an alert is heard.
        alert_tray: Whether an alert shows beside the clock while the window is not in front.
        journal_pictures: Whether the chart is kept as a picture when a position is opened or closed.
        disclaimer_accepted: Whether this trader accepted the risk disclaimer on this computer.
        host_at_start: Whether a terminal host is started with the window: one was needed last time.
    """

    model_config = ConfigDict(extra="ignore", validate_assignment=True)

    theme: Literal["dark", "light"] = "dark"
    language: Literal["en", "de"] = "en"
    market_colours: Literal["green_red", "blue_orange"] = "green_red"
    risk_percent: Decimal = Field(default=Decimal("1.00"), gt=0, le=100)
    confirm_orders: bool = True
    confirm_drags: bool = False
    watchlist: list[str] = Field(default_factory=list)
    watchlist_name: str = ""
    watchlists: dict[str, list[str]] = Field(default_factory=dict)
    symbol: str = ""
    timeframe: str = "M15"
    page: str = "trade"
    geometry: str = ""
    layouts: dict[str, str] = Field(default_factory=dict)
    named_layouts: dict[str, dict[str, str]] = Field(default_factory=dict)
    shortcuts: dict[str, str] = Field(default_factory=dict)
    toured: bool = False
    size_presets: dict[str, list[Decimal]] = Field(default_factory=lambda: _PRESETS)
    level_units: dict[str, str] = Field(default_factory=dict)
    price_alerts: list[PriceAlert] = Field(default_factory=list)
    table_groups: dict[str, str] = Field(default_factory=dict)
    hidden_columns: dict[str, list[str]] = Field(default_factory=dict)
    cloud_url: str | None = None
    alert_sound: bool = True
    alert_tray: bool = True
    journal_pictures: bool = True
    disclaimer_accepted: bool = False
    host_at_start: bool = False

"""The colours of the window by name, as dark and light sets with the same names."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Tokens:
    """One set of colours, each `#rrggbb`.

    Attributes:
        background: Behind everything; fields and wells.
        panel: Panels, bars and the chart.
        raised: Controls and chips on a panel.
        hover: A control or row under the pointer.
        selected: The selected row or tab.
        line: One-pixel lines between panels and around controls.
        text: Main text.
        dim: Secondary text.
        mute: Tertiary text, placeholders, disabled controls.
        accent: The one accent of a view: links, focus, selection.
        accent_fill: Background of the primary button, under `on_fill` text.
        accent_soft: Tinted background of an accent chip.
        up: Rising prices, profit, buy.
        up_fill: Background of the buy button.
        up_soft: Tinted background of an up chip or zone.
        down: Falling prices, loss, sell.
        down_fill: Background of the sell button.
        down_soft: Tinted background of a down chip or zone.
        good: A healthy link or a running EA, whatever the market colours are.
        bad: An error, a broken link, the stop button.
        bad_fill: Background of a destructive button.
        bad_soft: Tinted background of an error.
        warning: Something needs a look.
        warning_soft: Tinted background of a warning.
        owner: Name of an EA that owns a position.
        live: Real money. Solid red-orange, never used for anything else.
        live_bar: The whole top bar of a live account.
        on_fill: Text on any of the fills and on `live`.
    """

    name: str
    background: str
    panel: str
    raised: str
    hover: str
    selected: str
    line: str
    text: str
    dim: str
    mute: str
    accent: str
    accent_fill: str
    accent_soft: str
    up: str
    up_fill: str
    up_soft: str
    down: str
    down_fill: str
    down_soft: str
    good: str
    bad: str
    bad_fill: str
    bad_soft: str
    warning: str
    warning_soft: str
    owner: str
    live: str
    live_bar: str
    on_fill: str


DARK = Tokens(
    name="dark",
    background="#0d1015", panel="#141920", raised="#1b222c", hover="#222b37", selected="#172338", line="#232c38",
    text="#e8ecf2", dim="#98a4b4", mute="#6b7889",
    accent="#4c8dff", accent_fill="#2f6fe0", accent_soft="#182844",
    up="#2fbf8a", up_fill="#1c8059", up_soft="#14352c",
    down="#f1545f", down_fill="#b8323f", down_soft="#3a1c22",
    good="#2fbf8a", bad="#f1545f", bad_fill="#b8323f", bad_soft="#3a1c22",
    warning="#f4b64a", warning_soft="#3a2e17", owner="#b59cff",
    live="#d33a12", live_bar="#4a180c", on_fill="#ffffff",
)  # fmt: skip

LIGHT = Tokens(
    name="light",
    background="#f2f4f7", panel="#ffffff", raised="#edf0f4", hover="#e3e8ee", selected="#e4edfd", line="#d5dce4",
    text="#161b22", dim="#4c5867", mute="#66717f",
    accent="#1b5fd9", accent_fill="#2266e0", accent_soft="#dce8fd",
    up="#0b7a54", up_fill="#0f8059", up_soft="#d9f1e7",
    down="#b92a35", down_fill="#b92a35", down_soft="#fbe0e2",
    good="#0b7a54", bad="#b92a35", bad_fill="#b92a35", bad_soft="#fbe0e2",
    warning="#875700", warning_soft="#fcefd3", owner="#6639c9",
    live="#c9360f", live_bar="#ffd9cc", on_fill="#ffffff",
)  # fmt: skip

_SAFE_DARK = {
    "up": "#58a6ff", "up_fill": "#1f68c4", "up_soft": "#15294a",
    "down": "#ff9d42", "down_fill": "#a8590a", "down_soft": "#3d2810",
}  # fmt: skip
_SAFE_LIGHT = {
    "up": "#0c5fc0", "up_fill": "#1565c0", "up_soft": "#dbe9fc",
    "down": "#a04f00", "down_fill": "#a8590a", "down_soft": "#fdead3",
}  # fmt: skip


def with_safe_market_colours(tokens: Tokens) -> Tokens:
    """Returns the set with blue and orange instead of green and red for the market's direction."""
    return replace(tokens, **(_SAFE_DARK if tokens.name == "dark" else _SAFE_LIGHT))


def contrast(foreground: str, background: str) -> float:
    """Returns the WCAG contrast ratio of two `#rrggbb` colours, 1 to 21."""
    lighter, darker = sorted((_luminance(foreground), _luminance(background)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue

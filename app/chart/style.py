"""Colours, fonts and laid-out texts of the chart."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QStaticText

from app.theme import Theme


def _blend(under: QColor, over: QColor, share: float) -> QColor:
    # Opaque tints: painting with an alpha channel is several times slower.
    return QColor(
        round(under.red() + (over.red() - under.red()) * share),
        round(under.green() + (over.green() - under.green()) * share),
        round(under.blue() + (over.blue() - under.blue()) * share),
    )


@dataclass(frozen=True)
class ChartStyle:
    """What the theme means for a chart; built anew when the theme changes."""

    background: QColor
    grid: QColor
    line: QColor
    text: QColor
    dim: QColor
    mute: QColor
    raised: QColor
    on_fill: QColor
    accent: QColor
    accent_fill: QColor
    up: QColor
    up_fill: QColor
    down: QColor
    down_fill: QColor
    warning: QColor
    owner: QColor
    up_volume: QColor
    down_volume: QColor
    reward: QColor
    risk: QColor
    font: QFont

    @classmethod
    def of(cls, theme: Theme) -> "ChartStyle":
        """Returns the style for the theme in force."""
        panel, up, down = theme.color("panel"), theme.color("up"), theme.color("down")
        return cls(
            background=panel, grid=_blend(panel, theme.color("line"), 0.45), line=theme.color("line"),
            text=theme.color("text"), dim=theme.color("dim"), mute=theme.color("mute"), raised=theme.color("raised"),
            on_fill=theme.color("on_fill"), accent=theme.color("accent"), accent_fill=theme.color("accent_fill"),
            up=up, up_fill=theme.color("up_fill"), down=down, down_fill=theme.color("down_fill"),
            warning=theme.color("warning"), owner=theme.color("owner"),
            up_volume=_blend(panel, up, 0.28), down_volume=_blend(panel, down, 0.28),
            reward=_blend(panel, up, 0.10), risk=_blend(panel, down, 0.10), font=theme.font("small"),
        )  # fmt: skip

    def colour(self, name: str) -> QColor:
        """Returns a colour by the name of a tone of this style, or by `#rrggbb`."""
        if name.startswith("#"):
            return QColor(name)
        found = getattr(self, name, self.dim)
        return found if isinstance(found, QColor) else self.dim

    def tint(self, colour: QColor, share: float) -> QColor:
        """Returns the background with a share of a colour in it, opaque."""
        return _blend(self.background, colour, share)


class TextCache:
    """Texts laid out once and drawn often; forgets everything when it grows too large."""

    def __init__(self, font: QFont) -> None:
        self.font = font
        metrics = QFontMetricsF(font)
        self.height = metrics.height()
        self._metrics = metrics
        self._texts: dict[str, tuple[QStaticText, float]] = {}

    def width(self, text: str) -> float:
        """Returns the width of a text in pixels."""
        return self._entry(text)[1]

    def draw(self, painter: QPainter, x: float, middle: float, text: str, color: QColor) -> None:
        """Draws a text with its left edge at x, vertically around `middle`."""
        painter.setFont(self.font)
        painter.setPen(color)
        painter.drawStaticText(QPointF(round(x), round(middle - self.height / 2)), self._entry(text)[0])

    def _entry(self, text: str) -> tuple[QStaticText, float]:
        entry = self._texts.get(text)
        if entry is None:
            if len(self._texts) > 600:
                self._texts.clear()
            static = QStaticText(text)
            static.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
            static.prepare(font=self.font)
            entry = self._texts[text] = (static, self._metrics.horizontalAdvance(text))
        return entry

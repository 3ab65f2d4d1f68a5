"""The theme in force: hands out colours, fonts and icons, and styles the application."""

from dataclasses import asdict
from functools import lru_cache
from importlib.resources import as_file, files
from string import Template

from PySide6.QtCore import QByteArray, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QApplication, QStyleFactory, QWidget

from app.theme import fonts
from app.theme.tokens import DARK, LIGHT, Tokens, with_safe_market_colours


class Theme(QObject):
    """Colours, fonts and icons of the window.

    Widgets that paint themselves connect to `changed` and repaint; all others follow the style sheet, which
    knows these dynamic properties (set with `theme.mark(widget, role=..., kind=...)`):
        QLabel role: title, display, strong, dim, mute, small, tiny, section, error, up, down, warning, owner, accent
        QFrame role: panel, raised, card, well, line (a one-pixel separator)
        QPushButton/QToolButton kind: primary, danger, buy, sell, ghost (no frame), link, tab, segment
    """

    changed = Signal()

    def __init__(self, *, mode: str = "dark", market_colours: str = "green_red") -> None:
        super().__init__()
        self._mode = mode
        self._market_colours = market_colours
        self.tokens = self._resolve()

    @property
    def mode(self) -> str:
        """`dark` or `light`."""
        return self._mode

    @property
    def market_colours(self) -> str:
        """`green_red`, or `blue_orange`, which colour-blind traders can tell apart."""
        return self._market_colours

    def install(self, application: QApplication) -> None:
        """Loads the fonts and styles the application."""
        fonts.load_fonts()
        application.setStyle(QStyleFactory.create("Fusion"))
        application.setFont(fonts.sans())
        self._apply(application)

    def choose(self, *, mode: str | None = None, market_colours: str | None = None) -> None:
        """Switches the running application to another set of colours."""
        self._mode = mode or self._mode
        self._market_colours = market_colours or self._market_colours
        self.tokens = self._resolve()
        application = QApplication.instance()
        if isinstance(application, QApplication):
            self._apply(application)
        self.changed.emit()

    def color(self, name: str) -> QColor:
        """Returns a colour of `Tokens` by its name.

        Raises:
            AttributeError: there is no such colour.
        """
        return QColor(getattr(self.tokens, name))

    def font(self, size: str = "body", weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
        """Returns Inter in a size of the scale (tiny, small, body, strong, title, display)."""
        return fonts.sans(size, weight)

    def mono(self, size: str = "body") -> QFont:
        """Returns JetBrains Mono in a size of the scale."""
        return fonts.mono(size)

    def icon(self, name: str, color: str = "dim", active: str | None = None) -> QIcon:
        """Returns an icon of resources/icons drawn in a token's colour.

        Args:
            name: File name without `.svg`.
            color: Token for the normal state.
            active: Token for the checked and selected state; the same when left out.
        """
        icon = QIcon()
        for state, token in ((QIcon.State.Off, color), (QIcon.State.On, active or color)):
            for ratio in (1, 2, 3):
                icon.addPixmap(self.pixmap(name, token, 20, ratio), QIcon.Mode.Normal, state)
        return icon

    def pixmap(self, name: str, color: str, size: int, ratio: float = 1) -> QPixmap:
        """Returns an icon as a pixmap of `size` device-independent pixels."""
        from PySide6.QtSvg import QSvgRenderer  # noqa: PLC0415  # the frame is painted without icons

        svg = _svg_source(name).replace("currentColor", getattr(self.tokens, color))
        pixmap = QPixmap(round(size * ratio), round(size * ratio))
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(pixmap.rect()))
        painter.end()
        pixmap.setDevicePixelRatio(ratio)
        return pixmap

    def mark(self, widget: QWidget, **properties: str) -> None:
        """Sets style properties and restyles the widget when one of them changed."""
        changed = False
        for name, value in properties.items():
            if widget.property(name) != value:
                widget.setProperty(name, value)
                changed = True
        if changed:
            widget.style().unpolish(widget)
            widget.style().polish(widget)

    def _resolve(self) -> Tokens:
        tokens = LIGHT if self._mode == "light" else DARK
        return with_safe_market_colours(tokens) if self._market_colours == "blue_orange" else tokens

    def _apply(self, application: QApplication) -> None:
        application.setPalette(self._palette())
        application.setStyleSheet(self._style_sheet())

    def _style_sheet(self) -> str:
        values: dict[str, str] = dict(asdict(self.tokens))
        values.update({f"font_{name}": f"{fonts.points(name):.3f}pt" for name in fonts.SIZES})
        values["sans"], values["mono"] = fonts.SANS, fonts.MONO
        for name, icon in (("check_icon", "check-mark"), ("combo_icon", "combo-arrow")):
            with as_file(files("resources").joinpath(f"icons/{icon}.svg")) as path:
                values[name] = path.as_posix()
        return Template(_text("theme/style.qss")).substitute(values)

    def _palette(self) -> QPalette:
        roles = {
            QPalette.ColorRole.Window: "panel", QPalette.ColorRole.WindowText: "text",
            QPalette.ColorRole.Base: "background", QPalette.ColorRole.AlternateBase: "panel",
            QPalette.ColorRole.Text: "text", QPalette.ColorRole.PlaceholderText: "mute",
            QPalette.ColorRole.Button: "raised", QPalette.ColorRole.ButtonText: "text",
            QPalette.ColorRole.BrightText: "bad", QPalette.ColorRole.Highlight: "accent_fill",
            QPalette.ColorRole.HighlightedText: "on_fill", QPalette.ColorRole.ToolTipBase: "raised",
            QPalette.ColorRole.ToolTipText: "text", QPalette.ColorRole.Link: "accent",
            QPalette.ColorRole.Light: "hover", QPalette.ColorRole.Midlight: "raised",
            QPalette.ColorRole.Mid: "line", QPalette.ColorRole.Dark: "line", QPalette.ColorRole.Shadow: "background",
        }  # fmt: skip
        palette = QPalette()
        for role, token in roles.items():
            palette.setColor(role, self.color(token))
        for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, role, self.color("mute"))
        return palette


def _text(path: str) -> str:
    return files("resources").joinpath(path).read_text(encoding="utf-8")


@lru_cache(maxsize=64)
def _svg_source(name: str) -> str:
    return _text(f"icons/{name}.svg")

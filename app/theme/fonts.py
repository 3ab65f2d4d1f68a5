"""The bundled fonts: Inter for the window, JetBrains Mono for code."""

from importlib.resources import as_file, files

from PySide6.QtGui import QFont, QFontDatabase

SANS = "Inter"
MONO = "JetBrains Mono"

#: Type scale in pixels at 100 %.
SIZES: dict[str, float] = {"tiny": 10.5, "small": 11, "body": 12.5, "strong": 13, "title": 15, "display": 19}


def load_fonts() -> None:
    """Registers the bundled font files with Qt; needs a QApplication."""
    for entry in sorted(files("resources").joinpath("fonts").iterdir(), key=lambda item: item.name):
        if entry.name.endswith((".otf", ".ttf")):
            with as_file(entry) as path:
                QFontDatabase.addApplicationFont(str(path))


def points(size: str) -> float:
    """Returns a size of the scale in points at Qt's logical 96 dots an inch."""
    return SIZES[size] * 0.75


def sans(size: str = "body", weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """Returns Inter with tabular figures, so that changing numbers do not move their neighbours."""
    font = QFont(SANS)
    font.setPointSizeF(points(size))
    font.setWeight(weight)
    _feature(font, "tnum", 1)
    return font


def mono(size: str = "body") -> QFont:
    """Returns JetBrains Mono without ligatures: code shows the characters that were typed."""
    font = QFont(MONO)
    font.setPointSizeF(points(size))
    _feature(font, "calt", 0)
    font.setStyleHint(QFont.StyleHint.Monospace)
    return font


def _feature(font: QFont, name: str, value: int) -> None:
    tag = QFont.Tag.fromString(name)
    if tag is not None:
        font.setFeature(tag, value)

"""Tokens can be read, the style sheet uses only what exists, figures are tabular."""

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QObject
from PySide6.QtGui import QFont, QFontInfo, QFontMetricsF
from PySide6.QtWidgets import QApplication, QLabel, QListWidget, QMenu, QTableView, QWidget

from app.theme import DARK, LIGHT, Theme, Tokens
from app.theme.tokens import contrast, with_safe_market_colours

SETS = [DARK, LIGHT, with_safe_market_colours(DARK), with_safe_market_colours(LIGHT)]
READABLE = 4.5
TEXTS = ("text", "dim", "accent", "up", "down", "good", "bad", "warning", "owner")
FILLS = ("accent_fill", "up_fill", "down_fill", "bad_fill", "live")
CHIPS = (("up", "up_soft"), ("down", "down_soft"), ("bad", "bad_soft"), ("warning", "warning_soft"),
         ("accent", "accent_soft"), ("text", "live_bar"))  # fmt: skip


@pytest.mark.parametrize("tokens", SETS, ids=lambda tokens: f"{tokens.name}-{tokens.up}")
def test_texts_can_be_read(tokens: Tokens) -> None:
    pairs = [(text, surface) for text in TEXTS for surface in ("panel", "background")]
    pairs += [("on_fill", fill) for fill in FILLS] + list(CHIPS)
    weak = {
        (text, surface): round(contrast(getattr(tokens, text), getattr(tokens, surface)), 2)
        for text, surface in pairs
        if contrast(getattr(tokens, text), getattr(tokens, surface)) < READABLE
    }
    assert weak == {}


def test_contrast_knows_its_ends() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#777777") == 1


def test_live_money_is_never_blue() -> None:
    for tokens in SETS:
        red, blue = int(tokens.live[1:3], 16), int(tokens.live[5:7], 16)
        assert red > 2 * blue
        assert tokens.live not in {getattr(tokens, name) for name in ("accent", "up", "down", "bad", "bad_fill")}


def test_figures_are_tabular_in_the_bundled_font(theme: Theme) -> None:
    label = QLabel("1")
    theme.mark(label, role="title")
    label.ensurePolished()
    metrics = QFontMetricsF(label.font())
    assert QFontInfo(label.font()).family() == "Inter"
    assert metrics.horizontalAdvance("1111") == metrics.horizontalAdvance("8888")
    assert QFontInfo(theme.font("body", QFont.Weight.DemiBold)).weight() == QFont.Weight.DemiBold
    assert QFontInfo(theme.mono()).family() == "JetBrains Mono"


def test_switching_changes_colours_and_tells(theme: Theme, qtbot: Any, qapp: QApplication) -> None:
    with qtbot.waitSignal(theme.changed):
        theme.choose(mode="light", market_colours="blue_orange")
    assert theme.tokens == with_safe_market_colours(LIGHT)
    assert theme.color("panel").name() == LIGHT.panel
    assert LIGHT.panel in qapp.styleSheet()
    assert "$" not in qapp.styleSheet()


def test_icons_take_the_token_colour(theme: Theme) -> None:
    image = theme.pixmap("trade", "accent", 20, 2).toImage()
    solid = [image.pixelColor(x, y) for x in range(40) for y in range(40) if image.pixelColor(x, y).alpha() == 255]
    accent = theme.color("accent")
    assert solid
    assert all(abs(a - b) <= 2 for pixel in solid for a, b in zip(pixel.getRgb(), accent.getRgb(), strict=True))


def test_an_unknown_colour_is_an_error(theme: Theme) -> None:
    with pytest.raises(AttributeError):
        theme.color("nothing")
    assert replace(DARK, name="x").name == "x"


def test_many_void_calls_do_not_lose_references(qapp: QApplication) -> None:
    """PySide6 6.12.0 on Linux drops a reference to None at each such call under Python 3.11 and aborts."""
    thing = QObject()
    for _ in range(60_000):
        thing.setObjectName("x")
    assert thing.objectName() == "x"


@pytest.mark.parametrize("kind", [QListWidget, QMenu, QTableView])
def test_a_font_that_the_system_keeps_for_a_kind_of_widget_is_not_taken(
    qtbot: Any, qapp: QApplication, kind: type[QWidget]
) -> None:
    name = "QMenu" if kind is QMenu else "QAbstractItemView"
    before = QApplication.font(name)
    QApplication.setFont(QFont("JetBrains Mono", 17), name)
    try:
        widget = kind()
        qtbot.addWidget(widget)
        widget.ensurePolished()
        assert widget.font().family() == "Inter"
    finally:
        QApplication.setFont(before, name)

"""The Trade page in German: whatever is written on it, in its menus and in its tables is German."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.resources import files
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QPointF
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from agent_core.terminal.models import Position
from app.language import choose_language, tr
from app.qt_texts import translate_qt
from app.tour.hands import enter
from app.trade.row_menus import order_menu, position_menu
from app.widgets.scrolled import FittingScrollArea
from tests.unit.app.said import texts

Run = Callable[[Any], Any]
CATALOGUE = json.loads(files("resources").joinpath("languages/de.json").read_text("utf-8"))


@pytest.fixture(autouse=True)
def _german(qapp: QApplication) -> Iterator[None]:
    choose_language("de")
    translator = translate_qt("de")
    yield
    assert translator is not None
    QCoreApplication.removeTranslator(translator)
    choose_language("en")


#: The same in German, or names: what the catalogue needs no line for.
ALIKE = re.compile(
    r"[\d\W]*|[A-Z0-9]{2,}( .*)?|S/L|T/P|R|[MHDW]\d+|MN1|(EURUSD|USDJPY).*|.* (Lots|Pips|USD|R|ATR)"
    r"|Symbol|Name|Chart|Charts|Limit|Lots|Orders?( +\d+)?|Pips|Text|Trades|Trend|Linear|Fibonacci"
    r"|optional|Heikin Ashi|SuperTrend|Demo|Parabolic SAR|Stop|(Strg|Ctrl)\+."
    r"|Average True Range|Average Directional Index|Commodity Channel Index|Relative Strength Index|Nach .* scrollen"
)


def test_the_ticket_is_not_wider_than_its_column_in_the_smallest_window(room: Any, run: Run) -> None:
    async def look() -> None:
        await room.ready()
        ticket = room.page.ticket
        await enter(room.window, "ticket.sl", "1.08251")
        await room.until(lambda: ticket.form.summary["guard"].text() == "im Rahmen")
        ticket.form.summary["free_after"].setText("1 234 567 890 JPY")
        area = ticket.form.findChild(FittingScrollArea)
        assert area is not None
        ticket.form.setFixedWidth(288)
        await room.until(lambda: area.viewport().width() == 288)
        assert area.widget().minimumSizeHint().width() <= 288
        assert all(value.width() >= value.sizeHint().width() for value in ticket.form.summary.values())

    run(look())


def test_the_trade_page_its_menus_and_tables_are_german(
    room: Any, run: Run, position: Callable[..., Position], order: Any
) -> None:
    said: set[str] = set()

    async def look() -> None:
        page, form = room.page, room.page.ticket.form
        said.update(texts(room.window))  # nothing is connected yet: every empty panel explains itself
        await room.ready()
        room.feed.hold(position(5), replace(position(6, "USDJPY"), sl=None, tp=None))
        room.feed.work(order(7))
        said.update(texts(room.window))
        await enter(room.window, "ticket.sl", "abc")
        await room.until(form.message.text)
        said.update(texts(room.window))
        await enter(room.window, "ticket.sl", "1.08251")
        await enter(room.window, "ticket.tp", "1.08763")
        await room.until(form.sl_hint.text)
        room.desk.problems = ("The spread of 25 points is above your limit of 20. Wait until it narrows.",)
        await enter(room.window, "ticket.comment", "x")
        await room.until(lambda: "Spread von 25 Punkten" in form.message.text())
        rows, actions, menu = page.blotter.positions.all_rows, page.blotter._actions, QMenu(room.window)
        page.chart.menu_opening.emit(menu, QPointF(100, 100))
        menus = (position_menu(room.window, actions, rows[0], rows),
                 order_menu(room.window, actions, room.feed.orders[0], room.feed.orders), menu)  # fmt: skip
        for each in (room.window, *menus):
            said.update(texts(each))
        said.update(line.text for line in page.chart.layer.lines)
        actions.close_many([row.position for row in rows], "losing position", "positions.close_losers.confirm")
        dialog = await room.until(lambda: room.window.findChild(QWidget, "positions.close_losers.confirm"))
        said.update(texts(dialog))
        dialog.reject()
        room.context.toasts.error("Position 7 is not open any more.")
        said.update(room.context.toasts.messages)

    run(look())
    untranslated = {command.title for command in room.context.commands.all() if tr(command.title) == command.title}
    assert untranslated == set()
    assert sorted(text for text in said if tr(text) != text) == []
    lines = (re.escape(re.sub(r"\{\w+(:tr)?\}", "\0", line)).replace("\0", ".+") for line in CATALOGUE.values())
    german = re.compile("(" + "|".join(sorted(lines, key=len, reverse=True)) + ")( ▾)?", re.IGNORECASE)

    def known(text: str) -> bool:
        return bool(ALIKE.fullmatch(text) or german.fullmatch(text))

    pieces = {text: re.split(r": (?=[A-Z])|\t|  | (?=[\d.]+$)", text) for text in said}
    unknown = {text for text, parts in pieces.items() if not known(text) and not all(map(known, parts))}
    assert sorted(unknown) == []

"""Notes, tags and pictures of trades: kept for each account, never written over, taken at entry and exit."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from agent_core.events import EventBus
from agent_core.store import Store
from agent_core.terminal.events import DealsAdded
from agent_core.terminal.models import Account, Deal, Side
from app.agent_signals import AgentSignals
from app.history.equity_log import EquityLog, equity_points
from app.history.journal import Journal, tags_of
from app.tour.hands import click

Run = Callable[[Any], Any]
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


ACCOUNT = Account(
    50123456, "Demo", "Broker", "T", "USD", 2, 100, False, True, 1e4, 0.0, 0.0, 1e4, 0.0, 1e4, None, True, True
)


def deal(ticket: int, position: int, entry: int, profit: float = 0.0) -> Deal:
    side = Side.SELL if entry else Side.BUY
    return Deal(ticket, ticket, position, "EURUSD", side, entry, 0.1, 1.084, profit, 0.0, 0.0, 0.0, NOW, 7, "")


def test_entries_belong_to_an_account_and_survive_another_writer(tmp_path: Path) -> None:
    first, second = Journal(tmp_path), Journal(tmp_path)
    for journal in (first, second):
        journal.open(ACCOUNT)
    first.write(5, note="Too early", tags=tags_of("fomo, #London,fomo"))
    second.write(6, note="Better", tags=[])
    first.reload()
    assert (first.entry(5).tags, first.entry(6).note) == (["fomo", "London"], "Better")
    first.open(replace(ACCOUNT, login=2))
    assert first.entry(5).note == ""
    (tmp_path / "journal" / "50123456 Demo" / "entries.json").write_text("broken", "utf-8")
    second.reload()
    assert second.entry(6).note == ""
    assert (tmp_path / "journal" / "50123456 Demo" / "entries.unreadable.json").read_text("utf-8") == "broken"


def test_a_trade_gets_its_pictures_and_what_is_typed_is_kept(room: Any, run: Run, tmp_path: Path) -> None:
    async def look() -> None:
        await room.ready()
        room.bus.publish(DealsAdded((deal(1, 9, 0),)))
        folder = tmp_path / "journal" / "50123456 Demo"
        await room.until((folder / "9-entry.png").is_file)
        room.bus.publish(DealsAdded((deal(2, 9, 1, 12.5),)))
        await room.until((folder / "9-exit.png").is_file)
        await room.until(lambda: QImage(str(folder / "9-exit.png")).width() == room.page.chart.width())
        await click(room.window, "blotter.journal")
        panel = room.page.blotter.journal
        await room.until(lambda: panel.model.rowCount() == 1)
        panel.table.setCurrentIndex(panel.model.index(0, 0))
        assert all(made.isEnabled() for made in panel.pictures.values())
        QTest.keyClicks(panel.tags, "breakout")
        QTest.keyClicks(panel.note, "Waited for the retest")
        await room.until(lambda: panel.model.rows[0].entry.note == "Waited for the retest")
        assert panel.model.rows[0].entry.tags == ["breakout"]
        again = Journal(tmp_path)
        again.open(room.terminal.account)
        assert again.entry(9).note == "Waited for the retest"
        await click(room.window, "blotter.history")
        (trade,) = room.page.blotter.trades.rows
        assert (trade.position, trade.net) == (9, 12.5)

    run(look())


def test_a_note_is_kept_when_a_filter_takes_its_trade_away_while_it_is_typed(
    room: Any, run: Run, tmp_path: Path
) -> None:
    async def look() -> None:
        await room.ready()
        room.bus.publish(DealsAdded((deal(1, 9, 0), deal(2, 9, 1, 12.5), deal(3, 10, 0), deal(4, 10, 1, -3.0))))
        await click(room.window, "blotter.journal")
        panel = room.page.blotter.journal
        await room.until(lambda: panel.model.rowCount() == 2)
        chosen = panel.model.rows[0].trade.position
        panel.table.setCurrentIndex(panel.model.index(0, 0))
        QTest.keyClicks(panel.note, "Waited")
        panel.model.set_filter("nothing like it")
        assert panel.model.rowCount() == 0
        panel.model.set_filter("")
        kept = {chosen: "Waited", 19 - chosen: ""}
        await room.until(lambda: {row.trade.position: row.entry.note for row in panel.model.rows} == kept)

    run(look())


def test_the_equity_is_noted_once_a_minute_where_it_changed(tmp_path: Path, qapp: QCoreApplication) -> None:
    store, now = Store(tmp_path / "equity.db"), [NOW.timestamp()]
    context: Any = SimpleNamespace(agent=SimpleNamespace(store=store), signals=AgentSignals(EventBus()))
    log = EquityLog(context, qapp, lambda: now[0])
    for seconds, equity in ((0, 100.0), (59, 101.0), (60, 101.0), (130, 101.0), (200, 99.0)):
        now[0] = NOW.timestamp() + seconds
        log.note(replace(ACCOUNT, equity=equity))
    noted = [(at - NOW, equity) for at, equity in equity_points(store, ACCOUNT, NOW)]
    assert noted == [(timedelta(), 100.0), (timedelta(seconds=60), 101.0), (timedelta(seconds=200), 99.0)]
    assert equity_points(store, replace(ACCOUNT, login=2), NOW) == []
    store.close()

"""Steps: what trading came to, worked out a second time from the terminal's deals; the journal with its pictures."""

import csv
import io
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QWidget

from agent_core.terminal.models import Deal
from app.history.page import HistoryPage
from app.history.picture_button import PictureButton
from app.tour.comfort_steps import journal_panel
from app.tour.guide import Guide
from app.tour.hands import enter, find, until
from app.tour.step import Step
from app.tour.table_steps import save_as
from app.tour.trading import choose, groups_of, number_in, open_menu, text_of
from app.trade.table_view import TradeTable

DAYS = 30
CENT = Decimal("0.01")
#: An equity line that can be seen has at least so many points of its colour.
LEAST_POINTS = 30


async def performance(guide: Guide) -> None:
    """Figures, curve and sums by day, symbol, hour and owner agree with the deals to the cent."""
    await guide.go_to("history")
    page = await until("the history shows", lambda: find(guide.window, HistoryPage, "page.history"))
    await guide.press("history.performance")
    results = await _results(guide)
    await until("the figures count all trades", lambda: text_of(guide, "performance.trades") == str(len(results)))
    nothing = Decimal(0)
    net, won = sum(results, nothing), [each for each in results if each > 0]
    lost = -sum((each for each in results if each < 0), nothing)
    _figure(guide, "net", net)
    _figure(guide, "expectancy", net / len(results))
    _figure(guide, "win_rate", 100 * Decimal(len(won)) / len(results), Decimal("0.1"))
    if lost:
        _figure(guide, "profit_factor", sum(won, nothing) / lost)
    told = text_of(guide, "performance.drawdown")
    guide.check("The drawdown is no profit, and told in percent too", number_in(told) <= 0 and "%" in told, told)
    for name in ("symbol", "hour", "owner", "day"):
        await guide.press(f"performance.by_{name}")
        table = find(guide.window, TradeTable, f"performance.{name}.table")
        parts = sum((Decimal(str(row.net)) for row in table.table.rows), Decimal(0))
        guide.check(f"The sums by {name} make the whole", abs(parts - net) < CENT, (parts, net))
        await guide.picture(f"by-{name}")
    curve = find(guide.window, QWidget, "history.curve").grab().toImage()
    points = _points_of(curve, guide.context.theme.color("warning").name())
    guide.check("The equity is drawn beside the balance", points > LEAST_POINTS, points)
    path = guide.folder / "days.csv"
    await choose(await open_menu(guide, "history.table_menu"), "Save as CSV")
    await save_as(guide, path)
    rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))
    saved = sum((Decimal(row["Net P/L"]) for row in rows), Decimal(0))
    guide.check("The saved days make the whole", abs(saved - net) < CENT, saved)
    await guide.press("history.trades")
    guide.check(
        "The trades' total is the same", abs(number_in(text_of(guide, "history.total").split("·")[1]) - net) < CENT
    )
    await choose(await open_menu(guide, "history.table_menu"), "Group by owner")
    guide.check("The trades have owners", "Manual" in {head.name for head in groups_of(page.table)})
    await guide.picture("trades-by-owner")
    await choose(await open_menu(guide, "history.table_menu"), "No groups")
    await guide.go_to("trade")


async def journal(guide: Guide) -> None:
    """A trade's page: pictures at entry and exit, a note and tags, by which the list is filtered and grouped."""
    await guide.go_to("history")
    await guide.press("history.journal")
    panel = await until("the journal shows", lambda: journal_panel(guide))
    await until("a trade has both pictures", lambda: any(row.pictures == 2 for row in panel.model.rows))
    number = next(at for at, row in enumerate(panel.model.rows) if row.pictures == 2)
    panel.table.setCurrentIndex(panel.model.index(number, 0))
    position = panel.model.rows[number].trade.position
    await enter(guide.window, "journal.tags", "breakout, a-plus")
    note = find(guide.window, QPlainTextEdit, "journal.note")
    note.setPlainText("Entry on the retest, exit by plan.\nNext time: wait for the close of the bar.")
    await until("it is kept", lambda: any(r.entry.note and r.trade.position == position for r in panel.model.rows))
    for moment in ("entry", "exit"):
        shown = find(guide.window, PictureButton, f"journal.picture.{moment}")
        guide.check(f"The picture of the {moment} is there", shown.isEnabled() and shown.width() > 150, shown.size())
    guide.context.toasts.success("A message that covers neither note nor picture.")
    await guide.picture("page")
    guide.context.toasts.dismiss("A message that covers neither note nor picture.")
    await enter(guide.window, "history.filter", "a-plus")
    await until("the filter finds it", lambda: [row.trade.position for row in panel.model.rows] == [position])
    await enter(guide.window, "history.filter", "")
    await choose(await open_menu(guide, "history.table_menu"), "Group by tags")
    guide.check("Grouped by tags", "breakout, a-plus" in {head.name for head in groups_of(panel.table)})
    await guide.picture("by-tags")
    await choose(await open_menu(guide, "history.table_menu"), "No groups")
    await guide.go_to("trade")


async def _results(guide: Guide) -> list[Decimal]:
    """The result of each closed position, its costs included, from the terminal's deals."""
    deals = await guide.context.agent.terminal.deals(datetime.now(UTC) - timedelta(days=DAYS))
    positions: dict[int, list[Deal]] = defaultdict(list)
    for deal in deals:
        if deal.side is not None:
            positions[deal.position_id].append(deal)
    closed = [each for each in positions.values() if any(deal.entry for deal in each)]
    return [
        sum((Decimal(str(part)) for deal in each for part in (deal.profit, deal.commission, deal.swap, deal.fee)),
            Decimal(0))
        for each in closed
    ]  # fmt: skip


def _figure(guide: Guide, name: str, truth: Decimal, step: Decimal = CENT) -> None:
    seen = number_in(find(guide.window, QLabel, f"performance.{name}").text())
    guide.check(f"'{name}' is that of the deals", abs(seen - truth) <= step / 2 + Decimal("0.000001"), (seen, truth))


def _points_of(image: QImage, colour: str) -> int:
    return sum(
        image.pixelColor(x, y).name() == colour for x in range(image.width() - 96) for y in range(30, image.height())
    )


STEPS = (
    Step("performance", "What trading came to, by day, symbol, hour and owner", performance),
    Step("journal-page", "A trade's page in the journal", journal),
)

"""The journal of trades: the list at the left, what the trader noted about the chosen one at the right."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPlainTextEdit, QSplitter, QVBoxLayout, QWidget

from app import formatting
from app.context import AppContext
from app.history.columns import result_tone
from app.history.journal import MOMENTS, Journal, JournalEntry, tags_of
from app.history.picture_button import PictureButton
from app.history.trades import Trade
from app.language import tr
from app.trade.table_model import Column, GroupLine, TableModel
from app.trade.table_tools import TablePanel
from app.trade.table_view import TradeTable
from app.widgets.empty_state import EmptyState
from app.widgets.labels import label

_WRITE_AFTER_MS = 600


@dataclass(frozen=True, slots=True)
class JournalRow:
    """A trade with what is written about it."""

    trade: Trade
    entry: JournalEntry
    pictures: int


class JournalPanel(QWidget):
    """Lists trades and takes notes; what is typed is kept by itself."""

    def __init__(self, context: AppContext, owner: Callable[[int], str]) -> None:
        super().__init__()
        self._context, self._journal = context, Journal(context.ui.folder, self)
        self._trades: list[Trade] = []
        self._shown: int | None = None
        self.model: TableModel[JournalRow] = TableModel(_columns(owner), lambda row: row.trade.position, self)
        self.table = TradeTable(context.theme, "journal.table", self.model)
        empty = EmptyState(
            context.theme, "journal.empty", icon="history", title="Nothing to write about yet",
            text="Each trade gets a page here: your note, tags, and pictures of the chart at its entry and exit.",
        )  # fmt: skip
        groups: dict[str, Callable[[JournalRow], str]] = {
            "symbol": lambda row: row.trade.symbol, "tags": lambda row: ", ".join(row.entry.tags) or tr("No tag"),
        }  # fmt: skip
        self.panel = TablePanel(context, self.table, empty, groups)
        self.tags, self.note = QLineEdit(), QPlainTextEdit()
        self.note.setTabChangesFocus(True)
        self.pictures = {moment: PictureButton(context.theme, moment) for moment in MOMENTS}
        self._title = label("", "strong", "journal.trade")
        self._writing = QTimer(self, singleShot=True, interval=_WRITE_AFTER_MS)
        self._writing.timeout.connect(self.write)
        self._page = self._build_page()
        halves = QSplitter(Qt.Orientation.Horizontal)
        halves.setHandleWidth(1)
        halves.setChildrenCollapsible(False)
        halves.addWidget(self.panel)
        halves.addWidget(self._page)
        halves.setStretchFactor(0, 3)
        halves.setStretchFactor(1, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(halves)
        self.table.selectionModel().currentChanged.connect(lambda _now, _before: self._choose())
        # Not at once: a note may be written because the table is just taking its row away.
        self._refreshing = QTimer(self, singleShot=True, interval=0)
        self._refreshing.timeout.connect(self._refresh)
        self._journal.changed.connect(self._refreshing.start)
        self._open(None)

    def show_trades(self, trades: Sequence[Trade]) -> None:
        """Shows other trades, newest first, of the account that is connected."""
        self._journal.open(self._context.agent.terminal.account)
        self._trades = list(trades)
        self._refresh()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Reads what was noted elsewhere, and the pictures that have come."""
        super().showEvent(event)
        self._journal.reload()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        """Keeps what was typed last."""
        self.write()
        super().hideEvent(event)

    def write(self) -> None:
        """Keeps what was typed."""
        self._writing.stop()
        if self._shown is None:
            return
        try:
            self._journal.write(self._shown, note=self.note.toPlainText().strip(), tags=tags_of(self.tags.text()))
        except OSError as error:
            self._context.toasts.error(f"The journal can't be written: {error.strerror}. Check the data folder.")

    def _refresh(self) -> None:
        rows = [
            JournalRow(trade, self._journal.entry(trade.position), len(self._journal.pictures(trade.position)))
            for trade in self._trades
        ]
        self.model.set_rows(rows)
        if self._shown is not None:
            self._show_pictures(self._shown)

    def _choose(self) -> None:
        index = self.table.currentIndex()
        line = self.model.line(index.row()) if index.isValid() else None
        self._open(None if line is None or isinstance(line, GroupLine) else line.trade)

    def _open(self, trade: Trade | None) -> None:
        self.write()
        self._shown = None  # so that filling the fields is no typing
        entry = self._journal.entry(trade.position) if trade is not None else JournalEntry()
        self.tags.setText(", ".join(entry.tags))
        self.note.setPlainText(entry.note)
        for widget in (self.tags, self.note):
            widget.setEnabled(trade is not None)
        if trade is None:
            self._title.setText(tr("Choose a trade"))
            self._show_pictures(0)
            return
        self._title.setText(f"{trade.symbol} {tr(trade.side.title())} {formatting.lots(round(trade.lots, 8))}")
        self._show_pictures(trade.position)
        self._shown = trade.position

    def _show_pictures(self, position: int) -> None:
        found = self._journal.pictures(position)
        for moment, made in self.pictures.items():
            made.show_picture(found.get(moment))

    def _typed(self) -> None:
        if self._shown is not None:
            self._writing.start()

    def _build_page(self) -> QWidget:
        page = QWidget()
        page.setMinimumWidth(240)
        self.tags.setObjectName("journal.tags")
        self.tags.setAccessibleName(tr("Tags"))
        self.tags.setPlaceholderText(tr("Tags, separated by commas"))
        self.tags.textEdited.connect(self._typed)
        self.note.setObjectName("journal.note")
        self.note.setAccessibleName(tr("Note"))
        self.note.setPlaceholderText(tr("Why you took it, how it went, what to do better"))
        self.note.setTabChangesFocus(True)
        self.note.textChanged.connect(self._typed)
        row = QHBoxLayout()
        row.setSpacing(8)
        for made in self.pictures.values():
            row.addWidget(made, 1)
        column = QVBoxLayout(page)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(6)
        column.addWidget(self._title)
        column.addWidget(self.tags)
        column.addWidget(self.note, 2)
        column.addLayout(row, 1)
        return page


def _columns(owner: Callable[[int], str]) -> list[Column[JournalRow]]:
    return [
        Column("Symbol", lambda r: r.trade.symbol, lambda r: r.trade.symbol, 84, right=False, look="strong"),
        Column("Side", lambda r: tr(r.trade.side.title()), lambda r: r.trade.side.value, 58, right=False,
               tone=lambda r: "up" if r.trade.side.sign > 0 else "down", look="chip"),
        Column("Opened", lambda r: formatting.day_and_time(r.trade.opened),
               lambda r: r.trade.opened.timestamp() if r.trade.opened else None, 110, spare=4,
               export=lambda r: r.trade.opened.isoformat() if r.trade.opened else None),
        Column("Owner", lambda r: owner(r.trade.magic) or tr("Manual"), lambda r: owner(r.trade.magic), 110,
               look="small",
               tone=lambda r: "owner" if owner(r.trade.magic) else "mute", spare=1),
        Column("Net P/L", lambda r: formatting.money(r.trade.net, signed=True), lambda r: round(r.trade.net, 8), 86,
               tone=lambda r: result_tone(r.trade.net), look="strong", total=_net),
        Column("Tags", lambda r: ", ".join(r.entry.tags), lambda r: ", ".join(r.entry.tags), 110, right=False,
               tone=lambda _r: "accent", look="small"),
        Column("Note", lambda r: " ".join(r.entry.note.split()), lambda r: r.entry.note, 180, right=False,
               look="small", export=lambda r: r.entry.note, tip=lambda r: r.entry.note, spare=3),
        Column("Pictures", lambda r: str(r.pictures or ""), lambda r: r.pictures, 62, tone=lambda _r: "dim", spare=2),
    ]  # fmt: skip


def _net(rows: Sequence[JournalRow]) -> tuple[str, str]:
    net = sum(row.trade.net for row in rows)
    return formatting.money(net, signed=True), result_tone(net)

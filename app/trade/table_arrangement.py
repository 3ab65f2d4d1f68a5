"""The user's arrangement of a table's columns: their order and widths, and what the rows are sorted by."""

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from PySide6.QtCore import QObject, Qt, QTimer

from app.trade.table_view import TradeTable
from app.ui_settings import UiSettingsFile

_KEEP_MS = 300


class Arrangement(BaseModel):
    """What is kept of a table; columns are named by their titles.

    Attributes:
        order: Titles from left to right; empty for the usual order.
        widths: Widths by title, where they are not the usual ones.
        sort: Title of the column the rows are sorted by; empty for none.
        descending: Whether the greatest comes first.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    order: list[str] = Field(default_factory=list)
    widths: dict[str, int] = Field(default_factory=dict)
    sort: str = ""
    descending: bool = False


class TableArrangement(QObject):
    """Keeps a table's arrangement in the window's layout, and follows another layout."""

    def __init__(self, table: TradeTable, ui: UiSettingsFile) -> None:
        super().__init__(table)
        self._table, self._ui, self._name = table, ui, f"table.{table.objectName()}"
        self._keep_soon = QTimer(self, singleShot=True, interval=_KEEP_MS)
        self._keep_soon.timeout.connect(self.keep)
        self._following = False
        self._followed = ""
        table.arranged.connect(self._arranged)
        ui.changed.connect(self._changed)
        self.follow()

    def keep(self) -> None:
        """Remembers the table as it is."""
        text = self._present().model_dump_json()
        if text != Arrangement().model_dump_json() or self._name in self._ui.values.layouts:
            self._followed = text
            self._ui.set_layout(self._name, text)

    def follow(self) -> None:
        """Arranges the table as the layout says; one that says nothing takes the usual arrangement."""
        self._followed = self._stored
        try:
            wanted = Arrangement.model_validate_json(self._followed)
        except ValidationError:
            wanted = Arrangement()
        if wanted == self._present():
            return
        self._following = True
        try:
            self._apply(wanted)
        finally:
            self._following = False

    def _changed(self, name: str) -> None:
        # What another table has kept must not undo what was done to this one a moment ago.
        if name == "layouts" and self._stored != self._followed:
            self.follow()

    @property
    def _stored(self) -> str:
        return self._ui.values.layouts.get(self._name, "{}")

    def _apply(self, wanted: Arrangement) -> None:
        header, titles = self._table.horizontalHeader(), [column.title for column in self._table.table.columns]
        order = [title for title in wanted.order if title in titles]
        order += [title for title in titles if title not in order]
        for place, title in enumerate(order):
            header.moveSection(header.visualIndex(titles.index(title)), place)
        self._table.set_widths(wanted.widths)
        section = titles.index(wanted.sort) if wanted.sort and wanted.sort in titles else -1
        down = Qt.SortOrder.DescendingOrder if wanted.descending else Qt.SortOrder.AscendingOrder
        header.setSortIndicator(section, down)

    def _present(self) -> Arrangement:
        header, titles = self._table.horizontalHeader(), [column.title for column in self._table.table.columns]
        order = [titles[header.logicalIndex(place)] for place in range(len(titles))]
        section = header.sortIndicatorSection()
        return Arrangement(
            order=[] if order == titles else order,
            widths=self._table.widths,
            sort=titles[section] if 0 <= section < len(titles) else "",
            descending=section >= 0 and header.sortIndicatorOrder() == Qt.SortOrder.DescendingOrder,
        )

    def _arranged(self) -> None:
        if not self._following:
            self._keep_soon.start()

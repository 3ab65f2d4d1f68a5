"""What goes with every trade table: the filter, the choice of columns, totals, copying and saving."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, QStandardPaths, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QLineEdit, QMenu, QVBoxLayout, QWidget

from app.context import AppContext
from app.language import tr
from app.trade.table_arrangement import TableArrangement
from app.trade.table_export import save_csv, table_text
from app.trade.table_model import GroupLine
from app.trade.table_view import TableOrEmpty, TradeTable
from app.widgets.buttons import MenuButton
from app.widgets.empty_state import EmptyState
from app.widgets.labels import label, set_tone


class TablePanel(QWidget):
    """A table over its totals, or what to do while it is empty. Its header's menu chooses the columns.

    `groups` names what rows can be grouped by.
    """

    def __init__(
        self,
        context: AppContext,
        table: TradeTable,
        empty: EmptyState,
        groups: Mapping[str, Callable[[Any], str]] | None = None,
    ) -> None:
        super().__init__()
        self._groups = dict(groups or {})
        self.table, self._ui, self._toasts = table, context.ui, context.toasts
        self._name = table.objectName()
        self.count, self.total = label("", "small", f"{self._name}.count"), label("", "strong", f"{self._name}.total")
        foot = QFrame()
        foot.setProperty("role", "panel")
        row = QHBoxLayout(foot)
        row.setContentsMargins(12, 3, 12, 3)
        row.addWidget(self.count)
        row.addStretch(1)
        row.addWidget(self.total)
        self._foot = foot
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(TableOrEmpty(table, empty), 1)
        layout.addWidget(foot)
        foot.hide()
        header = table.horizontalHeader()
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._open_columns)
        table.hide_columns(set(self._ui.values.hidden_columns.get(self._name, [])))
        TableArrangement(table, self._ui)
        self._ui.changed.connect(self._follow)
        self._group()
        copy = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), table)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self.copy)

    def show_totals(self, count: str, total: str, tone: str) -> None:
        """Shows the totals under the table; nothing while there are no rows."""
        self._foot.setVisible(bool(count))
        if self.count.text() != count:
            self.count.setText(count)
        if self.total.text() != total:
            self.total.setText(total)
            set_tone(self.total, tone)

    def set_filter(self, text: str) -> None:
        """Shows only rows in whose words the text occurs."""
        self.table.table.set_filter(text)

    def group_by(self, name: str) -> None:
        """Groups the rows by one of the names; an empty one shows them without groups. The choice is kept."""
        self._ui.set("table_groups", {**self._ui.values.table_groups, self._name: name})

    def fill_menu(self, menu: QMenu) -> None:
        """Fills a menu with what can be done with the table as a whole."""
        menu.clear()
        menu.addAction(tr("Copy")).triggered.connect(self.copy)
        menu.addAction(tr("Save as CSV …")).triggered.connect(self.save)
        menu.addSeparator()
        chosen = self._ui.values.table_groups.get(self._name, "")
        for name in ("", *self._groups) if self._groups else ():
            action = menu.addAction(tr(f"Group by {name}" if name else "No groups"))
            action.setCheckable(True)
            action.setChecked(name == chosen)
            action.triggered.connect(lambda _checked, wanted=name: self.group_by(wanted))
        columns = self.column_menu(menu)
        columns.setTitle(tr("Columns"))
        menu.addMenu(columns)

    def column_menu(self, parent: QWidget | None = None) -> QMenu:
        """Returns a menu of the columns, checked where shown."""
        menu = QMenu(parent or self)
        if parent is None:
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        titles = [column.title for column in self.table.table.columns if column.title]
        for number, title in enumerate(titles):
            action = menu.addAction(tr(title))
            action.setCheckable(True)
            action.setChecked(title not in self.table.hidden)
            action.setEnabled(number > 0)  # a row without its first column says nothing
            action.toggled.connect(lambda shown, chosen=title: self._show_column(chosen, shown=shown))
        return menu

    def copy(self) -> None:
        """Copies the selected rows, or all, with their titles; spreadsheets take them as cells."""
        model = self.table.table
        chosen = sorted({index.row() for index in self.table.selectionModel().selectedRows()})
        lines = [model.line(number) for number in chosen]
        rows = [line for line in lines if not isinstance(line, GroupLine)] or model.rows
        QGuiApplication.clipboard().setText(table_text(self.table.shown_columns(), rows, separator="\t"))
        self._toasts.success(f"Copied {len(rows)} row{'' if len(rows) == 1 else 's'}.")

    def save(self) -> None:
        """Asks for a file and writes the rows that are shown to it."""
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        name = f"{self._name.removesuffix('.table')} {datetime.now().astimezone():%Y-%m-%d %H%M}.csv"
        dialog = QFileDialog(self.window(), tr("Save as CSV"), folder, tr("Comma separated values (*.csv)"))
        dialog.setObjectName("table.save")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.selectFile(name)
        dialog.fileSelected.connect(self.save_to)
        dialog.open()

    def save_to(self, path: str) -> None:
        """Writes the rows that are shown to a CSV file."""
        try:
            save_csv(Path(path), self.table.shown_columns(), self.table.table.rows)
        except OSError as error:
            self._toasts.error(f"{path} can't be written: {error.strerror}. Choose another folder.")
        else:
            self._toasts.success(f"Saved {Path(path).name}.")

    def _follow(self, name: str) -> None:
        values = self._ui.values
        if name == "hidden_columns" and self.table.hidden != set(values.hidden_columns.get(self._name, [])):
            self.table.hide_columns(set(values.hidden_columns.get(self._name, [])))
        elif name == "table_groups" and self._grouped != values.table_groups.get(self._name, ""):
            self._group()

    def _group(self) -> None:
        self._grouped = self._ui.values.table_groups.get(self._name, "")
        self.table.table.set_group(self._groups.get(self._grouped))

    def _show_column(self, title: str, *, shown: bool) -> None:
        hidden = self.table.hidden - {title} if shown else self.table.hidden | {title}
        self.table.hide_columns(hidden)
        self._ui.set("hidden_columns", {**self._ui.values.hidden_columns, self._name: sorted(hidden)})

    def _open_columns(self, point: QPoint) -> None:
        self.column_menu().popup(self.table.horizontalHeader().mapToGlobal(point))


def filter_field(name: str) -> QLineEdit:
    """Returns the field over a table that filters its rows."""
    field = QLineEdit()
    field.setObjectName(name)
    field.setPlaceholderText(tr("Filter"))
    field.setAccessibleName(tr("Filter rows"))
    field.setClearButtonEnabled(True)
    field.setMaximumWidth(150)
    field.setMinimumWidth(70)
    field.setFixedHeight(26)
    return field


def table_button(name: str, panel: Callable[[], TablePanel]) -> MenuButton:
    """Returns the button whose menu copies, saves, groups and arranges the table that is shown."""
    made = MenuButton(name, "Table")
    made.setProperty("kind", "ghost")
    made.setText(tr("Table ▾"))
    made.setAccessibleName(tr("Table: copy, save, group, columns"))
    made.choices.aboutToShow.connect(lambda: panel().fill_menu(made.choices))
    return made

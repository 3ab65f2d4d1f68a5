"""The library: projects with their versions, the newest first."""

from datetime import UTC, datetime
from uuid import UUID

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QFrame,
    QStackedLayout,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from agent_core.ea.models import EaDeployment, EaProject, EaVersion
from app.formatting import month
from app.language import tr
from app.theme import Theme
from app.widgets.buttons import button
from app.widgets.empty_state import EmptyState
from app.widgets.labels import SectionHeader

_ID = Qt.ItemDataRole.UserRole
_NOTE = Qt.ItemDataRole.UserRole + 1
_TONE = Qt.ItemDataRole.UserRole + 2
#: Tones of a project's chip.
_STATUS_TONES = {"running": "good", "error": "bad"}
_BACKGROUNDS = {"good": "up_soft", "bad": "bad_soft"}
_WORDS = {"error": "compile error"}
_CHIP_HEIGHT, _CHIP_PADDING = 18, 7


class LibraryPanel(QFrame):
    """Shows the library and lets the user choose.

    Signals:
        version_chosen: id of a version.
        project_chosen: id of a project without versions.
        new_wanted: the user wants a new project.
    """

    version_chosen = Signal(object)
    project_chosen = Signal(object)
    new_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("ea.library")
        self.setProperty("role", "panel")
        self._model = QStandardItemModel(self)
        self._tree = QTreeView()
        self._tree.setObjectName("ea.library.tree")
        self._tree.setAccessibleName(tr("EA library"))
        self._tree.setModel(self._model)
        self._tree.setHeaderHidden(True)
        self._tree.setIndentation(14)
        self._tree.setEditTriggers(QTreeView.EditTrigger.NoEditTriggers)
        self._tree.setItemDelegate(_RowDelegate(theme, self._tree))
        self._tree.selectionModel().currentChanged.connect(self._chosen)
        empty = EmptyState(
            theme, "ea.library.empty", icon="eas", title="No strategies yet",
            text="Describe one on the right, or start with an empty one.", action="New EA",
            on_action=self.new_wanted.emit,
        )  # fmt: skip
        stack = QWidget()
        self._stack = QStackedLayout(stack)
        self._stack.addWidget(empty)
        self._stack.addWidget(self._tree)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        new = button("+ New", "ea.library.new", "link", self.new_wanted.emit)
        layout.addWidget(SectionHeader("EA library", new))
        layout.addWidget(stack, 1)

    def show_library(
        self, library: list[tuple[EaProject, list[EaVersion]]], deployments: list[EaDeployment], current: UUID | None
    ) -> None:
        """Shows all projects; `current` stays selected."""
        running = {item.version_id: item for item in deployments if item.status == "running"}
        self._tree.selectionModel().blockSignals(True)
        folded = {
            index.data(_ID)
            for index in (self._model.index(row, 0) for row in range(self._model.rowCount()))
            if not self._tree.isExpanded(index)
        }
        self._model.clear()
        for project, versions in library:
            live = any(version.id in running for version in versions)
            status = "running" if live else versions[0].status if versions else "empty"
            head = _item(project.name, project.id, tr(status), _STATUS_TONES.get(status, "dim"))
            self._model.appendRow(head)
            for version in versions:
                note = "running" if version.id in running else version.status
                told = f"{_when(version.created_at)} · {tr(_WORDS.get(note, note))}"
                row = _item(f"v{version.number}", version.id, told, "mute")
                head.appendRow(row)
                if version.id == current:
                    self._tree.setCurrentIndex(row.index())
            self._tree.setExpanded(head.index(), project.id not in folded)
        self._tree.selectionModel().blockSignals(False)
        self._stack.setCurrentIndex(1 if library else 0)

    def _chosen(self, index: QModelIndex) -> None:
        if not index.isValid():
            return
        if index.parent().isValid():
            self.version_chosen.emit(index.data(_ID))
        elif not self._model.itemFromIndex(index).hasChildren():
            self.project_chosen.emit(index.data(_ID))


def _item(text: str, identity: UUID, note: str, tone: str) -> QStandardItem:
    item = QStandardItem(text)
    item.setData(identity, _ID)
    item.setData(note, _NOTE)
    item.setData(tone, _TONE)
    return item


class _RowDelegate(QStyledItemDelegate):
    """A name at the left, a note at the right."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:  # noqa: N802
        """Rows of 29 pixels."""
        return QSize(super().sizeHint(option, index).width(), 29)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paints name and note."""
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, self._theme.color("selected"))
        inner = rect.adjusted(4, 0, -12, 0)
        top = not index.parent().isValid()
        note_width = self._chip(painter, inner, index) if top else self._note(painter, inner, index)
        middle = Qt.AlignmentFlag.AlignVCenter
        font = self._theme.font("body")
        font.setBold(top)
        painter.setFont(font)
        painter.setPen(self._theme.color("text" if top or state & QStyle.StateFlag.State_Selected else "dim"))
        room = inner.width() - note_width
        text = painter.fontMetrics().elidedText(index.data(), Qt.TextElideMode.ElideRight, room)
        painter.drawText(inner, Qt.AlignmentFlag.AlignLeft | middle, text)
        painter.restore()

    def _note(self, painter: QPainter, inner: QRect, index: QModelIndex | QPersistentModelIndex) -> int:
        """Paints a version's note; returns the room it takes."""
        note = index.data(_NOTE)
        painter.setFont(self._theme.font("small"))
        painter.setPen(self._theme.color(index.data(_TONE)))
        painter.drawText(inner, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, note)
        return painter.fontMetrics().horizontalAdvance(note) + 8

    def _chip(self, painter: QPainter, inner: QRect, index: QModelIndex | QPersistentModelIndex) -> int:
        """Paints a project's status as a chip; returns the room it takes."""
        note, tone = index.data(_NOTE), index.data(_TONE)
        painter.setFont(self._theme.font("tiny", QFont.Weight.DemiBold))
        width = painter.fontMetrics().horizontalAdvance(note) + 2 * _CHIP_PADDING
        chip = QRect(inner.right() - width, inner.center().y() - _CHIP_HEIGHT // 2, width, _CHIP_HEIGHT)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color(_BACKGROUNDS.get(tone, "raised")))
        painter.drawRoundedRect(chip, 4, 4)
        painter.setPen(self._theme.color(tone))
        painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, note)
        return width + 8


def _when(at: datetime) -> str:
    """Today's time, or the day."""
    local = at.astimezone()
    if local.date() == datetime.now(UTC).astimezone().date():
        return f"{local:%H:%M}"
    return f"{local.day} {month(local)}"

"""The chart's context menu: what can be done with the drawing under the pointer, and with the view."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QColorDialog, QMenu

from app.chart.drawings.model import Drawing, Tool
from app.language import tr

if TYPE_CHECKING:
    from app.chart.widget import ChartWidget

COLOURS = {
    "accent": "Blue", "up": "Rising", "down": "Falling", "warning": "Amber", "owner": "Violet", "text": "Text",
}  # fmt: skip


def open_menu(chart: "ChartWidget", place: QPoint) -> None:
    """Opens the menu at a place of the chart."""
    if len(chart.model):
        menu_at(chart, place).popup(chart.mapToGlobal(place))


def menu_at(chart: "ChartWidget", place: QPoint) -> QMenu:
    """Returns the menu of a place of the chart."""
    menu = QMenu(chart)
    menu.setObjectName("chart.menu")
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    drawing = chart.hand.at(QPointF(place))
    if drawing is not None:
        _add_drawing(menu, chart, drawing)
    chart.menu_opening.emit(menu, QPointF(place))
    if not menu.isEmpty():
        menu.addSeparator()
    menu.addAction(tr("Back to the newest bar")).triggered.connect(lambda _checked: chart.reset_view())
    return menu


def _add_drawing(menu: QMenu, chart: "ChartWidget", drawing: Drawing) -> None:
    hand = chart.hand
    hand.chosen = drawing.id
    if drawing.tool is Tool.TEXT:
        menu.addAction(tr("Edit text")).triggered.connect(lambda _checked: hand.edit_text(drawing))
    colours = menu.addMenu(tr("Colour"))
    for tone, title in COLOURS.items():
        action = colours.addAction(tr(title))
        pixmap = QPixmap(12, 12)
        pixmap.fill(chart.scene.style.colour(tone))
        action.setIcon(QIcon(pixmap))
        action.triggered.connect(lambda _checked, chosen=tone: hand.recolour(drawing.id, chosen))
    colours.addAction(tr("Other …")).triggered.connect(lambda _checked: pick_colour(chart, drawing))
    remove = menu.addAction(tr("Remove"))
    remove.triggered.connect(lambda _checked: hand.remove(drawing.id))
    chart.update()


def pick_colour(chart: "ChartWidget", drawing: Drawing) -> QColorDialog:
    """Asks for any colour; it is taken when it is agreed to."""
    picker = QColorDialog(chart.scene.style.colour(drawing.colour), chart.window())
    picker.setObjectName("chart.colour")
    picker.setOption(QColorDialog.ColorDialogOption.DontUseNativeDialog)
    picker.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    picker.colorSelected.connect(partial(_recolour, chart, drawing.id))
    picker.open()
    return picker


def _recolour(chart: "ChartWidget", drawing: str, colour: QColor) -> None:
    chart.hand.recolour(drawing, colour.name())
    chart.update()

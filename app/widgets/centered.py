"""A card in the middle of a page."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget


def centered(page: QWidget, card: QWidget, *below: QWidget) -> None:
    """Lays a card of fixed width into the middle of a page.

    The row around the card makes Qt ask for the card's height at its own width; wrapped texts need that.
    """
    page.setProperty("role", "page")
    page.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    column = QVBoxLayout(page)
    column.setContentsMargins(16, 16, 16, 16)
    column.setSpacing(12)
    column.addStretch(1)
    for widget in (card, *below):
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(widget)
        row.addStretch(1)
        column.addLayout(row)
    column.addStretch(1)

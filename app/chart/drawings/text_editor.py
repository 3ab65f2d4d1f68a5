"""The field in which a text on the chart is written, right where it stands."""

from collections.abc import Callable

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from app.language import tr


class TextEditor:
    """Opens a field over the chart; Enter or leaving it takes the text, Escape leaves things as they were."""

    def __init__(self, chart: QWidget, done: Callable[[str, str], None]) -> None:
        self._chart, self._done = chart, done
        self._field: _Field | None = None
        self._drawing = ""

    def open(self, drawing: str, text: str, place: QPointF) -> None:
        """Starts writing the text of a drawing."""
        self.close()
        self._drawing = drawing
        self._field = field = _Field(self._chart)
        field.setText(text)
        field.selectAll()
        field.move(int(place.x()), int(place.y()) - 4)
        field.editingFinished.connect(self._finish)
        field.show()
        field.setFocus()

    def close(self) -> None:
        """Gives up what is being written."""
        field, self._field = self._field, None
        if field is not None:
            field.given_up = True
            field.deleteLater()

    def _finish(self) -> None:
        field = self._field
        if field is None:
            return
        text, given_up = field.text(), field.given_up
        self.close()
        self._chart.setFocus()
        if not given_up:
            self._done(self._drawing, text)


class _Field(QLineEdit):
    def __init__(self, chart: QWidget) -> None:
        super().__init__(chart)
        self.given_up = False
        self.setObjectName("chart.text")
        self.setAccessibleName(tr("Text on the chart"))
        self.setPlaceholderText("Text")
        self.setMaxLength(200)
        self.setFixedWidth(190)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Escape:
            self.given_up = True
            self.editingFinished.emit()
        else:
            super().keyPressEvent(event)

"""The inputs of an EA as a form; what is left empty keeps the program's own value."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QGridLayout, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from agent_core.ea.inputs import EaInput, check_values, read_set
from agent_core.protocol.errors import ForexEliteError
from app.language import tr
from app.widgets.buttons import button
from app.widgets.labels import label

_HEIGHT = 190


class InputsForm(QWidget):
    """One line an input, and a button that fills them from a .set file."""

    def __init__(self, name: str, inputs: Sequence[EaInput]) -> None:
        super().__init__()
        self.setObjectName(name)
        self._inputs = list(inputs)
        self._lines: dict[str, QLineEdit] = {}
        self.problem = label("", "error", f"{name}.problem", wrap=True)
        rows = QWidget()
        grid = QGridLayout(rows)
        grid.setContentsMargins(0, 0, 8, 0)
        for number, item in enumerate(self._inputs):
            line = QLineEdit()
            line.setObjectName(f"{name}.{item.name}")
            line.setAccessibleName(item.label)
            line.setPlaceholderText(item.default)
            line.setToolTip(tr(f"{item.name}, {item.type}. Left empty, it stays {item.default}."))
            line.textChanged.connect(lambda _text: self.problem.clear())
            caption = label(item.label, "small", wrap=True)
            caption.setBuddy(line)
            grid.addWidget(caption, number, 0)
            grid.addWidget(line, number, 1)
            self._lines[item.name] = line
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(rows)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setFixedHeight(min(_HEIGHT, rows.sizeHint().height() + 4))
        top = QHBoxLayout()
        top.addWidget(label("Inputs", "strong"), 1)
        top.addWidget(button("Load .set…", f"{name}.load", "", self._choose))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(top)
        layout.addWidget(area)
        layout.addWidget(self.problem)
        self.setVisible(bool(self._inputs))

    @property
    def values(self) -> dict[str, str]:
        """The inputs that were given a value."""
        texts = {name: line.text().strip() for name, line in self._lines.items()}
        return {name: text for name, text in texts.items() if text}

    def fits(self) -> bool:
        """Whether all values fit; says which does not."""
        try:
            check_values(self._inputs, self.values)
        except ForexEliteError as error:
            self.problem.setText(error.detail)
            return False
        return True

    def load(self, path: Path) -> None:
        """Fills the form from a .set file, or says why it can't be."""
        try:
            values = read_set(path, self._inputs)
        except ForexEliteError as error:
            self.problem.setText(error.detail)
            return
        for name, text in values.items():
            self._lines[name].setText(text)

    def _choose(self) -> None:
        dialog = QFileDialog(self, "Load inputs", "", "Inputs (*.set)")
        dialog.fileSelected.connect(lambda path: self.load(Path(path)))
        dialog.open()

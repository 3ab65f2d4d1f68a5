"""Parameters and colours of an indicator, applied as they are changed."""

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QColorDialog, QDialog, QDoubleSpinBox, QFormLayout, QHBoxLayout, QPushButton, QWidget

from app.chart.indicators import INDICATORS, IndicatorSpec, Output, Parameter
from app.chart.style import ChartStyle
from app.language import tr
from app.widgets.buttons import button


class IndicatorDialog(QDialog):
    """Edits one indicator. `changed` carries the new spec at each change, `removed` says that it shall go."""

    changed = Signal(object)
    removed = Signal()

    def __init__(self, parent: QWidget, spec: IndicatorSpec, style: ChartStyle) -> None:
        super().__init__(parent)
        kind = INDICATORS[spec.key]
        self.setObjectName("indicator")
        self.setWindowTitle(tr(kind.title))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(300)
        self.spec = spec
        self._style = style
        form = QFormLayout(self)
        form.setContentsMargins(20, 18, 20, 18)
        form.setSpacing(10)
        for parameter in kind.parameters:
            box = parameter_box(parameter)
            box.setObjectName(f"indicator.{parameter.name}")
            box.setValue(spec.settings.get(parameter.name, parameter.default))
            box.valueChanged.connect(partial(self._set_parameter, parameter.name))
            form.addRow(tr(parameter.title), box)
        self._swatches: dict[str, QPushButton] = {}
        for output in kind.outputs:
            swatch = QPushButton()
            swatch.setObjectName(f"indicator.colour.{output.name}")
            swatch.setFixedSize(44, 22)
            swatch.setAccessibleName(tr(f"Colour of {output.title or kind.title}"))
            swatch.setAutoDefault(False)
            swatch.clicked.connect(lambda _checked, chosen=output: self._pick(chosen))
            form.addRow(tr(output.title or "Colour"), swatch)
            self._swatches[output.name] = swatch
            self._show_colour(output)
        row = QHBoxLayout()
        row.addWidget(button("Remove", "indicator.remove", "ghost", self._remove))
        row.addWidget(button("Reset", "indicator.reset", "ghost", self._reset))
        row.addStretch(1)
        row.addWidget(button("Close", "indicator.close", "primary", self.accept))
        form.addRow(row)

    def set_colour(self, output: str, colour: QColor) -> None:
        """Gives an output another colour."""
        if colour.isValid():
            self._apply(self.spec.model_copy(update={"colours": {**self.spec.colours, output: colour.name()}}))
            for known in INDICATORS[self.spec.key].outputs:
                self._show_colour(known)

    def _set_parameter(self, name: str, value: float) -> None:
        self._apply(self.spec.model_copy(update={"settings": {**self.spec.settings, name: value}}))

    def _apply(self, spec: IndicatorSpec) -> None:
        self.spec = spec
        self.changed.emit(spec)

    def _reset(self) -> None:
        kind = INDICATORS[self.spec.key]
        self._apply(IndicatorSpec(key=self.spec.key, settings=kind.defaults(), height=self.spec.height))
        for parameter in kind.parameters:
            box = self.findChild(QDoubleSpinBox, f"indicator.{parameter.name}")
            if isinstance(box, QDoubleSpinBox):
                box.setValue(parameter.default)
        for output in kind.outputs:
            self._show_colour(output)

    def _remove(self) -> None:
        self.removed.emit()
        self.accept()

    def _colour(self, output: Output) -> QColor:
        return self._style.colour(self.spec.colours.get(output.name, output.tone))

    def _show_colour(self, output: Output) -> None:
        style = f"background: {self._colour(output).name()}; border-radius: 4px;"
        self._swatches[output.name].setStyleSheet(style)

    def _pick(self, output: Output) -> None:
        picker = QColorDialog(self._colour(output), self)
        picker.setOption(QColorDialog.ColorDialogOption.DontUseNativeDialog)
        picker.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        before = self.spec
        picker.currentColorChanged.connect(lambda colour: self.set_colour(output.name, colour))
        picker.rejected.connect(lambda: self._apply(before))
        picker.open()


def parameter_box(parameter: Parameter) -> QDoubleSpinBox:
    """Returns a box for a parameter, with its usual value and its bounds."""
    box = QDoubleSpinBox()
    for widget in (box, box.lineEdit()):
        widget.setAccessibleName(tr(parameter.title))
    box.setDecimals(parameter.decimals)
    box.setRange(parameter.least, parameter.most)
    box.setSingleStep(10.0 ** -max(0, parameter.decimals - 1) if parameter.decimals else 1)
    box.setValue(parameter.default)
    return box

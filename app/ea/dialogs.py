"""Dialogs of the EAs page: name of a project, where to deploy."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from agent_core.ea.inputs import EaInput
from agent_core.protocol.market import TIMEFRAME_SECONDS
from app.ea.inputs_form import InputsForm
from app.widgets.buttons import check_box
from app.widgets.dialogs import ConfirmDialog
from app.widgets.form import field as text_field
from app.widgets.form import labelled
from app.widgets.labels import label


@dataclass(frozen=True, slots=True)
class DeployChoice:
    """Where a version shall run."""

    symbol: str
    timeframe: str
    allow_trading: bool
    inputs: dict[str, str] = field(default_factory=dict)


class NewProjectDialog(ConfirmDialog):
    """Asks for a name."""

    def __init__(self, parent: QWidget, suggestion: str) -> None:
        super().__init__(
            parent, "ea.new", title="New EA", text="Every version you save or generate is kept under this name.",
            accept="Create",
        )  # fmt: skip
        self.name: QLineEdit = text_field("ea.new.name", placeholder="London breakout")
        self.name.setText(suggestion)
        self.name.setMaxLength(120)
        self.name.textChanged.connect(self._look)
        self.content.addWidget(labelled("Name", self.name))
        self.name.setFocus()
        self.name.selectAll()
        self.accept_button.setDefault(True)
        self._look()

    def _look(self) -> None:
        self.accept_button.setEnabled(bool(self.name.text().strip()))


class DeployDialog(ConfirmDialog):
    """Asks on which chart a version shall run, and whether it may trade."""

    def __init__(
        self, parent: QWidget, title: str, symbols: list[str], symbol: str, *, live: bool,
        inputs: Sequence[EaInput] = (),
    ) -> None:  # fmt: skip
        super().__init__(
            parent, "ea.deploy_dialog", title=f"Deploy {title}",
            text="The bridge opens a chart of its own for it. Your other charts stay as they are.",
            accept="Deploy and run", kind="stop" if live else "primary",
        )  # fmt: skip
        self.symbol = QComboBox()
        self.symbol.setObjectName("ea.deploy_dialog.symbol")
        self.symbol.setEditable(True)
        self.symbol.addItems(symbols)
        self.symbol.setCurrentText(symbol)
        self.timeframe = QComboBox()
        self.timeframe.setObjectName("ea.deploy_dialog.timeframe")
        self.timeframe.addItems(list(TIMEFRAME_SECONDS))
        self.timeframe.setCurrentText("M15")
        self.trading = check_box("It may trade on this account", "ea.deploy_dialog.trading")
        self.content.addWidget(labelled("Symbol", self.symbol))
        self.content.addWidget(labelled("Timeframe", self.timeframe))
        self.inputs = InputsForm("ea.deploy_dialog.inputs", inputs)
        self.content.addWidget(self.inputs)
        self.content.addWidget(self.trading)
        if live:
            self.content.addWidget(label("This is a LIVE account: what it loses is real money.", "error", wrap=True))

    @property
    def choice(self) -> DeployChoice:
        """What the user chose."""
        return DeployChoice(
            self.symbol.currentText().strip(),
            self.timeframe.currentText(),
            self.trading.isChecked(),
            self.inputs.values,
        )

    def accept(self) -> None:
        """Closes the dialog unless an input is wrong."""
        if self.inputs.fits():
            super().accept()

"""The pipeline over the editor: where a version stands on its way to a chart."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from agent_core.protocol.ea import DiagnosticModel
from app.language import tr
from app.widgets.buttons import button
from app.widgets.labels import label, set_property

StepState = Literal["idle", "active", "done", "failed"]
BADGE = 20
STEPS = ("Generate", "Check", "Compile", "Test", "Deploy", "Run")


@dataclass(slots=True)
class _Step:
    holder: QWidget
    badge: QLabel
    name: QLabel
    note: QLabel
    state: StepState = "idle"


def errors_text(findings: Iterable[DiagnosticModel]) -> str:
    """How many errors there are, in words."""
    errors = sum(1 for item in findings if item.severity == "error")
    return f"{errors} error{'' if errors == 1 else 's'}"


class PipelineBar(QFrame):
    """Steps with their state and a note, and the buttons that go on."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("ea.pipeline")
        self.setProperty("role", "panel")
        self.setFixedHeight(46)
        self.setMinimumWidth(1)
        layout = self._row = QHBoxLayout(self)
        layout.setContentsMargins(12, 0, 12, 0)
        layout.setSpacing(6)
        self._steps: dict[str, _Step] = {}
        self._lines: list[QFrame] = []
        for number, name in enumerate(STEPS, start=1):
            if number > 1:
                line = QFrame()
                line.setProperty("role", "line")
                line.setProperty("orientation", "horizontal")
                line.setFixedWidth(12)
                layout.addWidget(line)
                self._lines.append(line)
            layout.addWidget(self._add_step(number, name))
        layout.addStretch(1)
        self.save = button("Save", "ea.save")
        self.save.setToolTip(tr("Keep the text as the next version"))
        self.compile = button("Compile", "ea.compile")
        self.deploy = button("Deploy…", "ea.deploy", "primary")
        self.deploy.setToolTip(tr("Run it on a chart of its own"))
        self.cancel = button("Cancel", "ea.cancel")
        self.cancel.hide()
        for control in (self.cancel, self.save, self.compile, self.deploy):
            layout.addWidget(control)

    def show_step(self, name: str, state: StepState, note: str = "") -> None:
        """Shows the state of one step."""
        step = self._steps[name]
        step.state = state
        marks = {"done": "✓", "failed": "✕"}
        step.badge.setText(marks.get(state, str(STEPS.index(name) + 1)))
        set_property(step.badge, "pill", {"done": "good", "failed": "bad", "active": "accent"}.get(state, "neutral"))
        set_property(step.name, "role", "strong" if state == "active" else "" if state != "idle" else "dim")
        step.note.setText(note)
        for part in (step.badge, step.name, step.note):
            part.setToolTip(f"{tr(name)}: {tr(note or state)}")
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Shows what there is room for; the tool tips tell the rest."""
        super().resizeEvent(event)
        self._fit()

    def state_note(self, name: str) -> str:
        """The note beside a step."""
        return self._steps[name].note.text()

    def reset(self, after: str | None = None) -> None:
        """Forgets the state of all steps, or of those after one."""
        first = 0 if after is None else STEPS.index(after) + 1
        for name in STEPS[first:]:
            self.show_step(name, "idle")

    def _fit(self) -> None:
        """Takes away what is least needed until the rest fits: notes of what is done, all notes, names, idle steps."""
        present: set[StepState] = {"active", "failed"}
        all_states: set[StepState] = {*present, "done", "idle"}
        nothing: set[StepState] = set()
        for names, notes, badges in (
            (all_states, all_states, all_states), (all_states, present, all_states), (all_states, nothing, all_states),
            (present, present, all_states), (present, nothing, all_states), (nothing, nothing, all_states),
            (present, nothing, present), (nothing, nothing, present),
        ):  # fmt: skip
            for line in self._lines:
                line.setVisible(badges is all_states)
            for step in self._steps.values():
                step.holder.setVisible(step.state in badges)
                step.name.setVisible(step.state in names)
                step.note.setVisible(step.state in notes and bool(step.note.text()))
                step.holder.updateGeometry()  # else the row goes on with the width it remembers
            self._row.invalidate()
            if self._row.minimumSize().width() <= self.width():
                return

    def _add_step(self, number: int, name: str) -> QWidget:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        step = _Step(holder, label(str(number)), label(name, "dim"), label("", "small", f"ea.step.{name.lower()}"))
        step.badge.setProperty("pill", "neutral")
        step.badge.setProperty("round", "true")
        step.badge.setFixedSize(BADGE, BADGE)
        step.badge.setAlignment(Qt.AlignmentFlag.AlignCenter)
        step.note.hide()
        for part in (step.badge, step.name, step.note):
            row.addWidget(part)
        self._steps[name] = step
        return holder

"""The pipeline over the editor: where a version stands on its way to a chart."""

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from app.widgets.buttons import button
from app.widgets.labels import label, set_property

StepState = Literal["idle", "active", "done", "failed"]
BADGE = 20
STEPS = ("Generate", "Check", "Compile", "Deploy", "Run")


@dataclass(slots=True)
class _Step:
    row: QHBoxLayout
    badge: QLabel
    name: QLabel
    note: QLabel


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
        for number, name in enumerate(STEPS, start=1):
            if number > 1:
                line = QFrame()
                line.setProperty("role", "line")
                line.setProperty("orientation", "horizontal")
                line.setFixedWidth(18)
                layout.addWidget(line)
            layout.addWidget(self._add_step(number, name))
        layout.addStretch(1)
        self.save = button("Save version", "ea.save")
        self.compile = button("Compile", "ea.compile")
        self.deploy = button("Deploy to chart…", "ea.deploy", "primary")
        self.cancel = button("Cancel", "ea.cancel")
        self.cancel.hide()
        for control in (self.cancel, self.save, self.compile, self.deploy):
            layout.addWidget(control)

    def show_step(self, name: str, state: StepState, note: str = "") -> None:
        """Shows the state of one step."""
        step = self._steps[name]
        marks = {"done": "✓", "failed": "✕"}
        step.badge.setText(marks.get(state, str(STEPS.index(name) + 1)))
        set_property(step.badge, "pill", {"done": "good", "failed": "bad", "active": "accent"}.get(state, "neutral"))
        set_property(step.name, "role", "strong" if state == "active" else "" if state != "idle" else "dim")
        step.note.setText(note)
        for part in (step.badge, step.name, step.note):
            part.setToolTip(f"{name}: {note or state}")
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Drops notes, then names, where there is no room for them; the tool tips still tell."""
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
        steps = self._steps.values()
        for names, notes in ((True, True), (True, False), (False, False)):
            for step in steps:
                step.name.setVisible(names)
                step.note.setVisible(notes and bool(step.note.text()))
                step.row.invalidate()
            self._row.invalidate()
            if self._row.minimumSize().width() <= self.width():
                return

    def _add_step(self, number: int, name: str) -> QWidget:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        step = _Step(row, label(str(number)), label(name, "dim"), label("", "small", f"ea.step.{name.lower()}"))
        step.badge.setProperty("pill", "neutral")
        step.badge.setProperty("round", "true")
        step.badge.setFixedSize(BADGE, BADGE)
        step.badge.setAlignment(Qt.AlignmentFlag.AlignCenter)
        step.note.hide()
        for part in (step.badge, step.name, step.note):
            row.addWidget(part)
        self._steps[name] = step
        return holder

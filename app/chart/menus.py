"""The chart bar's menus: indicators and drawing tools."""

from collections.abc import Callable
from itertools import groupby

from PySide6.QtCore import QObject
from PySide6.QtGui import QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from app.chart.drawings.model import Tool
from app.chart.indicator_dialog import IndicatorDialog
from app.chart.indicators import INDICATORS, ActiveIndicator, IndicatorSpec
from app.chart.widget import ChartWidget
from app.language import tr


class IndicatorMenu(QMenu):
    """Adds indicators, and edits and removes those on the chart."""

    def __init__(self, chart: ChartWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self._chart = chart
        self.setObjectName("chart.indicators.menu")
        self.aboutToShow.connect(self.fill)
        self.fill()

    def fill(self) -> None:
        """Lists what is on the chart now, then what can be added."""
        self.clear()
        for place, active in enumerate(self._chart.model.indicators):
            self.addAction(f"{active.title} …").triggered.connect(lambda _checked, at=place: self.edit(at))
        if self._chart.model.indicators:
            self.addAction(tr("Remove all")).triggered.connect(lambda: self._chart.set_indicators([]))
            self.addSeparator()
        for family, kinds in groupby(INDICATORS.values(), key=lambda kind: kind.family):
            menu = self.addMenu(tr(family))
            for kind in kinds:
                menu.addAction(tr(kind.title)).triggered.connect(lambda _checked, key=kind.key: self.add(key))

    def add(self, key: str) -> None:
        """Puts one more indicator on the chart."""
        self._chart.set_indicators([*self._chart.indicators, IndicatorSpec(key=key)])

    def edit(self, place: int) -> IndicatorDialog:
        """Opens the settings of an indicator on the chart; changes are seen at once."""
        active = self._chart.model.indicators[place]
        dialog = IndicatorDialog(self._chart.window(), active.spec, self._chart.scene.style)
        held = _Held(self._chart, active, dialog)
        dialog.changed.connect(held.change)
        dialog.removed.connect(held.remove)
        dialog.open()
        return dialog


class _Held(QObject):
    """Follows one indicator while its parameters, and so its columns, are replaced; lives as long as its dialog."""

    def __init__(self, chart: ChartWidget, active: ActiveIndicator, dialog: IndicatorDialog) -> None:
        super().__init__(dialog)
        self._chart, self._active = chart, active

    def change(self, spec: IndicatorSpec) -> None:
        self._replace([spec])

    def remove(self) -> None:
        self._replace([])

    def _replace(self, specs: list[IndicatorSpec]) -> None:
        known = self._chart.model.indicators
        if self._active not in known:
            return  # another symbol's indicators were loaded meanwhile
        place = known.index(self._active)
        all_specs = self._chart.indicators
        self._chart.set_indicators([*all_specs[:place], *specs, *all_specs[place + 1 :]])
        if specs:
            self._active = self._chart.model.indicators[place]


class DrawMenu(QMenu):
    """Chooses what is drawn, takes drawings back and removes them."""

    def __init__(self, chart: ChartWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self._chart = chart
        self.setObjectName("chart.draw.menu")
        self._group = QActionGroup(self)
        self._group.setExclusionPolicy(QActionGroup.ExclusionPolicy.ExclusiveOptional)
        for tool in Tool:
            action = self._group.addAction(tr(tool.value))
            action.setCheckable(True)
            action.triggered.connect(lambda checked, chosen=tool: self._choose(chosen if checked else None))
            self.addAction(action)
        self.addSeparator()
        self.magnet = self.addAction(tr("Snap to prices"))
        self.magnet.setCheckable(True)
        self.magnet.setChecked(chart.hand.magnet)
        self.magnet.toggled.connect(self._set_magnet)
        self.addSeparator()
        self._add("Undo", QKeySequence.StandardKey.Undo, chart.hand.undo)
        self._add("Redo", QKeySequence.StandardKey.Redo, chart.hand.redo)
        self._add("Remove all drawings", None, chart.hand.clear)
        chart.tool_done.connect(self._put_away)

    def _add(self, text: str, key: QKeySequence.StandardKey | None, work: Callable[[], None]) -> None:
        text = tr(text)
        action = self.addAction(text)
        if key is not None:
            # Shown only: the chart itself handles the key, so that text fields keep theirs.
            action.setText(f"{text}\t{QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)}")
        action.triggered.connect(lambda _checked: self._do(work))

    def _do(self, work: Callable[[], None]) -> None:
        work()
        self._chart.update()

    def _choose(self, tool: Tool | None) -> None:
        self._chart.hand.choose_tool(tool)
        self._chart.setFocus()
        self._chart.update()

    def _set_magnet(self, on: bool) -> None:
        self._chart.hand.magnet = on

    def _put_away(self) -> None:
        for action in self._group.actions():
            action.setChecked(False)

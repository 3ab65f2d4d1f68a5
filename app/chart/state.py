"""What is remembered of charts: by account, symbol and timeframe, by symbol, and the workspace of an account."""

import logging
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal

from agent_core.protocol.market import Timeframe
from app.chart.candles import ChartKind
from app.chart.drawings.model import Drawing
from app.chart.indicators import IndicatorSpec
from app.chart.viewport import PriceScale

log = logging.getLogger(__name__)
_WRITE_AFTER_MS = 800


class ChartState(BaseModel):
    """One chart's state; what is None was never changed there."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    pitch: float | None = Field(default=None, gt=0, le=200)
    kind: ChartKind | None = None
    scale: PriceScale | None = None
    closed_hours: bool | None = None
    sessions: bool | None = None
    indicators: tuple[IndicatorSpec, ...] | None = None


class PanelState(BaseModel):
    """One chart of the workspace."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    symbol: str = ""
    timeframe: Timeframe = "M15"


class SheetState(BaseModel):
    """A tab: rows of charts, and the state of its splitters (base64 of Qt's own format), the rows' own last."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    rows: tuple[tuple[PanelState, ...], ...] = ((PanelState(),),)
    splitters: tuple[str, ...] = ()


class WorkspaceState(BaseModel):
    """All charts of an account: its tabs, the one in front, and what is linked."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    sheets: tuple[SheetState, ...] = (SheetState(),)
    front: int = Field(default=0, ge=0)
    link_symbols: bool = False
    link_crosshair: bool = False


class StoredCharts(BaseModel):
    """The file's content.

    Keys of `charts` are `server/login/symbol/timeframe`, of `drawings` `server/login/symbol`, of the others
    `server/login`.
    """

    model_config = ConfigDict(extra="ignore")

    charts: dict[str, ChartState] = Field(default_factory=dict)
    drawings: dict[str, tuple[Drawing, ...]] = Field(default_factory=dict)
    hidden_owners: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    workspaces: dict[str, WorkspaceState] = Field(default_factory=dict)


class ChartStates(QObject):
    """Reads the file once and writes it a moment after the last change, and when the program ends.

    Signals:
        drawings_changed: Other drawings are remembered under a key.
    """

    drawings_changed = Signal(str)

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = folder / "charts.json"
        self._stored = self._read()
        self._timer = QTimer(self, singleShot=True, interval=_WRITE_AFTER_MS)
        self._timer.timeout.connect(self._write)
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.flush)

    def chart(self, key: str) -> ChartState:
        """Returns a chart's state."""
        return self._stored.charts.get(key, ChartState())

    def change_chart(self, key: str, **changes: object) -> None:
        """Remembers some of a chart's state."""
        state = self.chart(key)
        changed = state.model_copy(update=changes)
        if changed != state:
            self._stored.charts[key] = changed
            self._timer.start()

    def drawings(self, key: str) -> tuple[Drawing, ...]:
        """Returns a symbol's drawings."""
        return self._stored.drawings.get(key, ())

    def set_drawings(self, key: str, drawings: tuple[Drawing, ...]) -> None:
        """Remembers a symbol's drawings."""
        if drawings != self.drawings(key):
            self._stored.drawings[key] = drawings
            self._timer.start()
            self.drawings_changed.emit(key)

    def hidden_owners(self, key: str) -> frozenset[str]:
        """Returns whose trades an account's charts don't show."""
        return frozenset(self._stored.hidden_owners.get(key, ()))

    def set_hidden_owners(self, key: str, owners: frozenset[str]) -> None:
        """Remembers whose trades an account's charts don't show."""
        self._stored.hidden_owners[key] = tuple(sorted(owners))
        self._timer.start()

    def workspace(self, key: str) -> WorkspaceState:
        """Returns an account's charts."""
        return self._stored.workspaces.get(key, WorkspaceState())

    def set_workspace(self, key: str, state: WorkspaceState) -> None:
        """Remembers an account's charts."""
        if state != self._stored.workspaces.get(key):
            self._stored.workspaces[key] = state
            self._timer.start()

    def flush(self) -> None:
        """Writes what is not written yet."""
        if not self._timer.isActive():
            return
        self._timer.stop()
        self._write()

    def _write(self) -> None:
        content = self._stored.model_dump_json(indent=1, exclude_none=True)
        temporary = self._path.with_suffix(".tmp")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_text(content, encoding="utf-8")
            temporary.replace(self._path)
        except OSError as error:
            log.warning("The charts' settings can't be written to %s: %s", self._path, error)

    def _read(self) -> StoredCharts:
        try:
            return StoredCharts.model_validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return StoredCharts()
        except (OSError, ValidationError) as error:
            log.warning("The charts' settings in %s can't be read, defaults are used: %s", self._path, error)
            return StoredCharts()

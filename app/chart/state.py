"""What is remembered of charts by account, symbol and timeframe: zoom, kind, scale, indicators; drawings by symbol."""

import logging
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from PySide6.QtCore import QCoreApplication, QObject, QTimer

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
    indicators: tuple[IndicatorSpec, ...] | None = None


class StoredCharts(BaseModel):
    """The file's content; keys are `server/login/symbol/timeframe`, for drawings `server/login/symbol`."""

    model_config = ConfigDict(extra="ignore")

    charts: dict[str, ChartState] = Field(default_factory=dict)
    drawings: dict[str, tuple[Drawing, ...]] = Field(default_factory=dict)


class ChartStates(QObject):
    """Reads the file once and writes it a moment after the last change, and when the program ends."""

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

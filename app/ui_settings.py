"""The file with the trader's settings of the window. The window paints before their model is imported."""

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from agent_core.replacing import move_over

if TYPE_CHECKING:
    from app.ui_values import UiSettings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FirstLook:
    """The settings that decide how the window looks at first; whatever else is in the file does not matter here."""

    theme: str = "dark"
    market_colours: str = "green_red"
    language: str = "en"
    geometry: str = ""
    disclaimer_accepted: bool = False
    host_at_start: bool = False


class UiSettingsFile(QObject):
    """Reads and writes `UiSettings`.

    Attributes:
        folder: Where the file is.
        first: What the first painting needs, read without checking all the rest.

    Signals:
        changed: Name of the field that got a new value.
    """

    changed = Signal(str)

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self._path = folder / "window.json"
        self.first = self._first_look()
        self._values: UiSettings | None = None

    @property
    def values(self) -> "UiSettings":
        """All settings; read when they are first asked for."""
        if self._values is None:
            self._values = self._read()
        return self._values

    def set(self, name: str, value: Any) -> None:
        """Changes one field and saves the file.

        Raises:
            ValidationError: the value doesn't fit the field.
        """
        if getattr(self.values, name) == value:
            return
        setattr(self.values, name, value)
        self._write(self.values)
        self.changed.emit(name)

    def set_layout(self, name: str, state: str) -> None:
        """Remembers the state of a splitter or header under a name."""
        self.set("layouts", {**self.values.layouts, name: state})

    def _first_look(self) -> FirstLook:
        try:
            stored = json.loads(self._path.read_bytes())
            return FirstLook(**{name: stored[name] for name in FirstLook.__slots__ if name in stored})
        except (OSError, ValueError, TypeError):
            return FirstLook()

    def _read(self) -> "UiSettings":
        from pydantic import ValidationError  # noqa: PLC0415  # after the first painting, see the module's head

        from app.ui_values import UiSettings  # noqa: PLC0415

        try:
            return UiSettings.model_validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return UiSettings()
        except (OSError, ValidationError) as error:
            log.warning("The window's settings in %s can't be read, defaults are used: %s", self._path, error)
            return UiSettings()

    def _write(self, values: "UiSettings") -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._path.with_suffix(".tmp")
        temporary.write_text(values.model_dump_json(indent=1), encoding="utf-8")
        move_over(temporary, self._path)

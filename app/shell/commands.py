"""Everything the window can do by name: one registry behind menus, shortcuts and the palette."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.language import tr


@dataclass(frozen=True, slots=True)
class Command:
    """One thing the user can ask for.

    Attributes:
        name: Stable name, `area.verb`.
        title: What the palette shows.
        run: Does it.
        shortcut: Its usual key sequence as Qt writes it, or empty.
        enabled: Whether it makes sense now.
    """

    name: str
    title: str
    run: Callable[[], object]
    shortcut: str = ""
    enabled: Callable[[], bool] = lambda: True


class CommandRegistry(QObject):
    """Commands by name; each shortcut works in the whole window."""

    changed = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._commands: dict[str, Command] = {}
        self._shortcuts: dict[str, QShortcut] = {}
        self._chosen: dict[str, str] = {}

    def add(self, command: Command) -> None:
        """Registers a command; one with the same name replaces it."""
        self._commands[command.name] = command
        self._bind(command)
        self.changed.emit()

    def remove(self, name: str) -> None:
        """Takes a command out; one that is not there is no matter."""
        if self._commands.pop(name, None) is not None:
            self._silence(name)
            self.changed.emit()

    def all(self) -> list[Command]:
        """Returns all commands by title."""
        return sorted(self._commands.values(), key=lambda command: command.title.casefold())

    def keys_of(self, name: str) -> str:
        """Returns the keys of a command as Qt writes them; empty where it has none."""
        return self._chosen.get(name, self._commands[name].shortcut)

    def rebind(self, chosen: Mapping[str, str]) -> None:
        """Takes the trader's own keys by command; the others keep their usual ones."""
        self._chosen = dict(chosen)
        for command in self._commands.values():
            self._bind(command)
        self.changed.emit()

    def _bind(self, command: Command) -> None:
        self._silence(command.name)
        if keys := self.keys_of(command.name):
            shortcut = QShortcut(QKeySequence(keys), self._window)
            shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
            shortcut.activated.connect(lambda: self.run(command.name))
            self._shortcuts[command.name] = shortcut

    def _silence(self, name: str) -> None:
        if old := self._shortcuts.pop(name, None):
            old.setEnabled(False)  # deleted later, but silent from now on
            old.deleteLater()

    def run(self, name: str) -> bool:
        """Runs a command; False when there is none of that name or it makes no sense now."""
        command = self._commands.get(name)
        if command is None or not command.enabled():
            return False
        command.run()
        return True

    def matching(self, text: str) -> list[Command]:
        """Returns the enabled commands whose title holds every word of the text, best first."""
        words = text.casefold().split()
        found = [
            command
            for command in self._commands.values()
            if command.enabled() and all(word in tr(command.title).casefold() for word in words)
        ]
        return sorted(
            found, key=lambda command: (not tr(command.title).casefold().startswith(text.casefold().strip()),)
        )

"""Every command with its keys, which can be changed."""

from PySide6.QtGui import QKeySequence, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QKeySequenceEdit, QLineEdit, QWidget

from app.context import AppContext
from app.language import tr
from app.settings.section import Section
from app.shell.commands import Command
from app.widgets.buttons import button
from app.widgets.labels import set_tone


class ShortcutsSection(Section):
    """One row a command; keys that are taken already are refused with the command they belong to."""

    def __init__(self, context: AppContext) -> None:
        super().__init__("shortcuts", "Shortcuts", "Press the new keys in a field. Clear it to have none.")
        self._commands, self._ui = context.commands, context.ui
        self._fields: dict[str, QKeySequenceEdit] = {}

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Adds the commands that have come since."""
        super().showEvent(event)
        for command in self._commands.all():
            if command.name not in self._fields:
                self._add(command)

    def _add(self, command: Command) -> None:
        edit = QKeySequenceEdit(QKeySequence(self._commands.keys_of(command.name)))
        edit.setObjectName(f"settings.shortcut.{command.name}")
        edit.setMaximumSequenceLength(1)
        edit.setClearButtonEnabled(True)
        edit.setFixedWidth(160)
        edit.editingFinished.connect(lambda: self.choose(command, edit.keySequence()))
        usual = button("Usual", f"settings.shortcut.{command.name}.usual", "ghost", lambda: self.reset(command))
        usual.setAccessibleName(tr(f"Usual keys of {command.title}"))
        both = QWidget()
        row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(edit)
        row.addWidget(usual)
        self.add_row(command.title, "", both)
        for widget in (edit, *edit.findChildren(QLineEdit)):
            widget.setAccessibleName(tr(f"Keys of {command.title}"))
        for line in edit.findChildren(QLineEdit):
            line.setPlaceholderText(tr("No keys"))
        self._fields[command.name] = edit

    def choose(self, command: Command, keys: QKeySequence) -> None:
        """Gives a command other keys, unless another one has them."""
        wanted = keys.toString(QKeySequence.SequenceFormat.PortableText)
        if wanted == self._commands.keys_of(command.name):
            return
        self.answer_under(list(self._fields).index(command.name) if command.name in self._fields else 0)
        taken = next((each for each in self._commands.all() if wanted and self._has(each, command, wanted)), None)
        if taken is not None:
            set_tone(self.note, "bad")
            self.note.setText(tr(f"{wanted} belongs to '{taken.title}': choose other keys."))
            self._show(command)
            return
        self._keep(command, wanted)
        set_tone(self.note, "good")
        self.note.setText(f"{wanted} now does '{command.title}'." if wanted else f"'{command.title}' has no keys now.")

    def reset(self, command: Command) -> None:
        """Gives a command its usual keys back."""
        self.choose(command, QKeySequence(command.shortcut))
        self._show(command)

    def _has(self, other: Command, command: Command, keys: str) -> bool:
        return other.name != command.name and self._commands.keys_of(other.name) == keys

    def _keep(self, command: Command, keys: str) -> None:
        chosen = {name: each for name, each in self._ui.values.shortcuts.items() if name != command.name}
        if keys != command.shortcut:
            chosen[command.name] = keys
        self._ui.set("shortcuts", chosen)
        self._commands.rebind(chosen)

    def _show(self, command: Command) -> None:
        self._fields[command.name].setKeySequence(QKeySequence(self._commands.keys_of(command.name)))

"""Which of the broker's symbols an instrument means, where the automatic choice is not the trader's."""

from PySide6.QtWidgets import QHBoxLayout

from agent_core.protocol.errors import ForexEliteError
from agent_core.protocol.instruments import canonical_instrument
from agent_core.terminal.events import TerminalLinkChanged
from app.context import AppContext
from app.language import tr
from app.settings.section import FIELD_WIDTH, Section
from app.widgets.buttons import button
from app.widgets.form import field
from app.widgets.labels import set_invalid, set_tone


class SymbolsSection(Section):
    """One line of pairs; they are kept for each broker's server."""

    def __init__(self, context: AppContext) -> None:
        super().__init__("symbols", "Symbols", "Brokers name instruments in their own way: EURUSD.r, GOLD.")
        self._context = context
        self._field = field("settings.symbols.chosen", placeholder="found by themselves")
        self._field.setMinimumWidth(FIELD_WIDTH)
        self.add_row("Broker's names", "Like EURUSD = EURUSD.r, XAUUSD = GOLD.", self._field)
        row = QHBoxLayout()
        row.addWidget(button("Save names", "settings.symbols.save", "primary", self.save))
        row.addStretch(1)
        self.rows.addLayout(row)
        context.signals.terminal_link.connect(self._show)
        self._show()

    def save(self) -> None:
        """Sets the names, or says what can't be understood."""
        try:
            chosen = parse_names(self._field.text())
        except ValueError:
            self._refuse("Write pairs like EURUSD = EURUSD.r, separated by commas.")
            return
        self._context.tasks.start(self._save(chosen))

    async def _save(self, chosen: dict[str, str]) -> None:
        try:
            await self._context.agent.terminal.choose_symbols(chosen)
        except ForexEliteError as error:
            self._refuse(error.detail)
            return
        set_invalid(self._field, False)
        set_tone(self.note, "good")
        self.note.setText(tr("Saved."))

    def _refuse(self, sentence: str) -> None:
        set_invalid(self._field, True)
        set_tone(self.note, "bad")
        self.note.setText(sentence)

    def _show(self, _link: TerminalLinkChanged | None = None) -> None:
        if not self._field.hasFocus() and not self._field.isModified():
            chosen = self._context.agent.terminal.chosen_symbols
            self._field.setText(", ".join(f"{name} = {symbol}" for name, symbol in sorted(chosen.items())))


def parse_names(text: str) -> dict[str, str]:
    """Returns canonical name → broker's name of a line like `EURUSD = EURUSD.r, XAUUSD = GOLD`.

    Raises:
        ValueError: it is no such line.
    """
    chosen = {}
    for part in filter(str.strip, text.split(",")):
        name, separator, symbol = (piece.strip() for piece in part.partition("="))
        if not separator or not symbol:
            raise ValueError(part)
        chosen[canonical_instrument(name)] = symbol
    return chosen

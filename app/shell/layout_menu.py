"""Named layouts: which panels are shown and how large, charts, tabs and columns, kept under names to come back to."""

import json
from functools import partial

from app.context import AppContext
from app.language import tr
from app.shell.commands import Command
from app.widgets.buttons import MenuButton

#: Commands that belong to a layout: they show and float the panels of a page.
_PANELS = ("panel.", "float.")
#: Settings of the tables that belong to a layout too.
_TABLES = ("hidden_columns", "table_groups")


class LayoutMenu(MenuButton):
    """Chooses, keeps and removes layouts."""

    def __init__(self) -> None:
        super().__init__("statusbar.layouts", "Layout")
        self.setText(tr("Layout ▾"))
        self.setAccessibleName(tr("Layouts of the window"))
        self._context: AppContext | None = None
        self._offered: set[str] = set()
        self.choices.aboutToShow.connect(self._fill)

    def attach(self, context: AppContext) -> None:
        """Offers the layouts that are kept, here and in the palette."""
        self._context = context
        context.commands.add(Command("layout.keep", "Keep this layout …", self._ask))
        context.commands.add(Command("layout.usual", "Usual layout", lambda: self.apply("")))
        context.ui.changed.connect(lambda name: self._offer() if name == "named_layouts" else None)
        self._offer()

    def _offer(self) -> None:
        if self._context is None:
            return
        commands, names = self._context.commands, set(self._context.ui.values.named_layouts)
        for gone in self._offered - names:
            commands.remove(f"layout.named.{gone}")
        for name in names:
            commands.add(Command(f"layout.named.{name}", f"Layout: {name}", partial(self.apply, name)))
        self._offered = names

    def apply(self, name: str) -> None:
        """Arranges the window as it was kept under a name; an empty one takes the usual layout."""
        if self._context is None:
            return
        ui = self._context.ui
        kept = dict(ui.values.named_layouts[name]) if name else {}
        for field in _TABLES:
            ui.set(field, json.loads(kept.pop(field, "{}")))
        ui.set("layouts", kept)

    def keep(self, name: str) -> None:
        """Keeps the present layout under a name."""
        if self._context is not None and name:
            ui = self._context.ui
            tables = {field: json.dumps(getattr(ui.values, field)) for field in _TABLES}
            ui.set("named_layouts", {**ui.values.named_layouts, name: {**ui.values.layouts, **tables}})
            self._context.toasts.success(f"This layout is kept as '{name}'.")

    def remove(self, name: str) -> None:
        """Forgets a layout."""
        if self._context is not None:
            ui = self._context.ui
            ui.set("named_layouts", {key: kept for key, kept in ui.values.named_layouts.items() if key != name})

    def _fill(self) -> None:
        self.choices.clear()
        if self._context is None:
            return
        self.choices.addAction(tr("Usual layout")).triggered.connect(lambda: self.apply(""))
        names = sorted(self._context.ui.values.named_layouts, key=str.casefold)
        for name in names:
            self.choices.addAction(name).triggered.connect(lambda _checked, chosen=name: self.apply(chosen))
        self.choices.addSeparator()
        for command in self._context.commands.all():
            if command.name.startswith(_PANELS):
                self.choices.addAction(tr(command.title)).triggered.connect(partial(self._run, command.name))
        self.choices.addSeparator()
        self.choices.addAction(tr("Keep this layout …")).triggered.connect(self._ask)
        for name in names:
            self.choices.addAction(tr(f"Remove {name}")).triggered.connect(lambda _checked, old=name: self.remove(old))

    def _run(self, command: str, _checked: bool = False) -> None:
        if self._context is not None:
            self._context.commands.run(command)

    def _ask(self) -> None:
        if self._context is not None:
            self._context.tasks.start(self._ask_name())

    async def _ask_name(self) -> None:
        from app.widgets.dialogs import ask_name  # noqa: PLC0415  # the frame is painted before asyncio is imported

        name = await ask_name(
            self.window(), "layout.new", title="Keep this layout", text="A layout of the same name is replaced.",
            accept="Keep layout",
        )  # fmt: skip
        self.keep(name)

"""Named layouts: how the window's panels share their room, kept under names to come back to."""

from app.context import AppContext
from app.language import tr
from app.widgets.buttons import MenuButton


class LayoutMenu(MenuButton):
    """Chooses, keeps and removes layouts."""

    def __init__(self) -> None:
        super().__init__("statusbar.layouts", "Layout")
        self.setText(tr("Layout ▾"))
        self.setAccessibleName(tr("Layouts of the window"))
        self._context: AppContext | None = None
        self.choices.aboutToShow.connect(self._fill)

    def attach(self, context: AppContext) -> None:
        """Offers the layouts that are kept."""
        self._context = context

    def apply(self, name: str) -> None:
        """Arranges the window as it was kept under a name; an empty one takes the usual layout."""
        if self._context is not None:
            ui = self._context.ui
            ui.set("layouts", dict(ui.values.named_layouts[name]) if name else {})

    def keep(self, name: str) -> None:
        """Keeps the present layout under a name."""
        if self._context is not None and name:
            ui = self._context.ui
            ui.set("named_layouts", {**ui.values.named_layouts, name: dict(ui.values.layouts)})
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
        self.choices.addAction(tr("Keep this layout …")).triggered.connect(self._ask)
        for name in names:
            self.choices.addAction(tr(f"Remove {name}")).triggered.connect(lambda _checked, old=name: self.remove(old))

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

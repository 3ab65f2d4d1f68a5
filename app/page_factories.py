"""What the rail leads to, and the commands of the shell."""

from functools import partial

from PySide6.QtWidgets import QWidget

from app.context import AppContext
from app.entry import Entry
from app.shell.coach import show_coach
from app.shell.commands import Command
from app.shell.pages import Factory
from app.shell.rail import ENTRIES
from app.shell.window import MainWindow


def page_factories(context: AppContext, window: MainWindow, entry: Entry) -> dict[str, Factory]:
    """Returns what builds each page; a page's module is imported when the page is first shown."""

    def trade() -> QWidget:
        from app.trade.page import TradePage  # noqa: PLC0415

        return TradePage(context, window.workspace.pages, at_once=False)

    def eas() -> QWidget:
        from app.ea.page import EasPage  # noqa: PLC0415

        return EasPage(context)

    def deploy() -> QWidget:
        from app.deployments.page import DeploymentsPage  # noqa: PLC0415

        page = DeploymentsPage(context)
        page.library_wanted.connect(lambda: window.workspace.show_page("eas"))
        return page

    def history() -> QWidget:
        from app.history.page import HistoryPage  # noqa: PLC0415

        return HistoryPage(context)

    def alerts() -> QWidget:
        from app.alerts.page import AlertsPage  # noqa: PLC0415

        return AlertsPage(context)

    def settings() -> QWidget:
        from app.settings.page import SettingsPage  # noqa: PLC0415

        page = SettingsPage(context)
        page.terminal_wanted.connect(entry.onboard)
        page.bridge_wanted.connect(entry.onboard_bridge)
        page.sign_in_wanted.connect(entry.ask_to_sign_in)
        page.sign_out_wanted.connect(lambda: context.tasks.start(entry.sign_out()))
        return page

    return {
        "trade": trade, "eas": eas, "deploy": deploy, "history": history, "alerts": alerts, "settings": settings,
    }  # fmt: skip


def register_commands(context: AppContext, window: MainWindow) -> None:
    """Registers what the shell itself can do."""
    workspace, add = window.workspace, context.commands.add

    def working() -> bool:
        return window.working

    for number, rail_entry in enumerate(ENTRIES, start=1):
        add(
            Command(
                f"go.{rail_entry.name}",
                f"Go to {rail_entry.title}",
                partial(workspace.show_page, rail_entry.name),
                f"Ctrl+{number}",
                working,
            )
        )
    add(Command("palette.open", "Show all commands", window.palette_dialog.popup, "Ctrl+K", working))
    add(Command("trade.stop_everything", "Stop everything", workspace.ask_stop, "Ctrl+Shift+X", working))
    add(Command("trade.arm", "Arm or disarm the live account", workspace.ask_arm, "", working))
    add(Command("view.dark", "Use the dark theme", lambda: context.ui.set("theme", "dark")))
    add(Command("view.light", "Use the light theme", lambda: context.ui.set("theme", "light")))
    add(Command("view.tour", "Show the tour of the window", partial(show_coach, window), "", working))
    add(Command("view.layouts", "Layouts of the window", window.workspace.status_bar.layouts.showMenu, "", working))
    context.commands.rebind(context.ui.values.shortcuts)
    add(Command("window.quit", "Quit ForexElite Pro", window.close, "Ctrl+Q"))

"""The window at work: event loop, log, failure handlers; what is still missing comes piece by piece."""

import asyncio
import signal
import sys
from pathlib import Path

import qasync
from PySide6.QtWidgets import QApplication

from agent_core.terminal.spare_host import end_spare
from app.beside import imported_beside, imported_in_turns
from app.garbage import GarbageCollection
from app.language import choose_language
from app.logs import start_logging, stop_logging
from app.options import Options
from app.shell.window import MainWindow
from app.theme import Theme
from app.ui_settings import UiSettingsFile

#: The agent, which knows no Qt, and what the pieces of the window are made of.
_AGENT = ("numpy", "pydantic", "agent_core.agent", "agent_core.sync.api")
_SHELL = ("PySide6.QtSvg", "app.shell.workspace", "app.shell.toasts", "app.shell.palette", "app.sign_in.page")


def run(
    application: QApplication, window: MainWindow, theme: Theme, ui: UiSettingsFile, options: Options, folder: Path
) -> int:
    """Runs the program behind a painted window until it ends; returns the exit code."""
    problem = start_logging(folder)
    loop = qasync.QEventLoop(application)
    asyncio.set_event_loop(loop)
    collection = GarbageCollection(application)
    try:
        _end_on_signals(loop, window)
        code = int(loop.run_until_complete(_work(application, window, theme, ui, options, folder, problem)))
        window.hide()
        return code
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
        asyncio.set_event_loop(None)
        end_spare()
        collection.stop()
        stop_logging()


async def _work(
    application: QApplication, window: MainWindow, theme: Theme, ui: UiSettingsFile, options: Options, folder: Path,
    problem: str,
) -> int:  # fmt: skip
    await imported_in_turns(*_SHELL)
    choose_language(ui.first.language)
    theme.install(application)
    for _ in window.pieces():
        await asyncio.sleep(0)
    if not ui.first.disclaimer_accepted:
        window.show_sign_in()
        window.sign_in.set_busy(True)
    if problem:
        window.toasts.warning(problem)
    await imported_beside(*_AGENT)
    await imported_in_turns("app.ui_values", "app.alerts.watcher", "app.onboarding.page", "app.session")
    from app import session  # noqa: PLC0415  # just imported, beside
    from app.failures import install_failure_handlers  # noqa: PLC0415

    install_failure_handlers(asyncio.get_running_loop(), window.toasts)
    return await session.run(window, theme, ui, options, folder)


def _end_on_signals(loop: asyncio.AbstractEventLoop, window: MainWindow) -> None:
    if sys.platform != "win32":
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, window.close)

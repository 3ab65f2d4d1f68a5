"""The window at work: event loop, log, failure handlers, and the pages' modules that are imported beside it."""

import asyncio
import gc
import signal
import sys
import threading
from importlib import import_module
from pathlib import Path

import httpcore  # noqa: F401  # httpx would import it in the window's thread
import keyring
import qasync
from PySide6.QtWidgets import QApplication

import app.trade.page  # noqa: F401  # the first page is to come up without a pause
from agent_core.sync.http import tls
from app import session
from app.failures import install_failure_handlers
from app.garbage import GarbageCollection
from app.logs import start_logging, stop_logging
from app.options import Options
from app.shell.window import MainWindow
from app.theme import Theme
from app.ui_settings import UiSettingsFile

#: Pages of the rail, imported once the first one is there, so that opening them takes no time.
_LATER = ("app.history.page", "app.alerts.page", "app.settings.page", "app.deployments.page", "app.ea.page")
LATER_SECONDS = 3.0

# Both take a while, and nobody waits for it here.
tls()
keyring.get_keyring()


def run(
    application: QApplication, window: MainWindow, theme: Theme, ui: UiSettingsFile, options: Options, folder: Path
) -> int:
    """Runs the session behind a painted window until it ends; returns the exit code."""
    start_logging(folder)
    loop = qasync.QEventLoop(application)
    asyncio.set_event_loop(loop)
    collection = GarbageCollection(application)
    gc.freeze()  # the modules stay: no later collection has to walk them
    later = threading.Timer(LATER_SECONDS, lambda: [import_module(name) for name in _LATER])
    later.daemon = True
    later.start()
    try:
        install_failure_handlers(loop, window.toasts)
        _end_on_signals(loop, window)
        code = int(loop.run_until_complete(session.run(window, theme, ui, options, folder)))
        window.hide()
        return code
    finally:
        later.cancel()
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
        asyncio.set_event_loop(None)
        collection.stop()
        stop_logging()


def _end_on_signals(loop: asyncio.AbstractEventLoop, window: MainWindow) -> None:
    if sys.platform != "win32":
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, window.close)

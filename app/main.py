"""`forexelite`: the window. It paints its frame first and imports the heavy parts afterwards."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import qasync
from PySide6.QtWidgets import QApplication

from app.failures import install_failure_handlers
from app.garbage import GarbageCollection
from app.logs import start_logging, stop_logging
from app.options import Options, data_folder, parse
from app.shell.window import TITLE, MainWindow
from app.taskbar import identify_to_taskbar
from app.theme import Theme
from app.ui_settings import UiSettingsFile

FIRST_PAINT_SECONDS = 0.02


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the window until it is closed; returns the exit code."""
    options, qt_arguments = parse(sys.argv[1:] if arguments is None else arguments)
    choose_platform(qt_arguments)
    folder = data_folder(options)
    start_logging(folder)
    application = QApplication([sys.argv[0], *qt_arguments])
    application.setApplicationName(TITLE)
    application.setQuitOnLastWindowClosed(False)
    identify_to_taskbar()
    loop = qasync.QEventLoop(application)
    asyncio.set_event_loop(loop)
    collection = GarbageCollection(application)
    try:
        return int(loop.run_until_complete(_run(application, options, folder)))
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
        asyncio.set_event_loop(None)
        collection.stop()
        stop_logging()


def choose_platform(qt_arguments: Sequence[str]) -> None:
    """Falls back to Qt's offscreen platform where there is no display, and says so."""
    if sys.platform == "linux":
        chosen = "-platform" in qt_arguments or os.environ.get("QT_QPA_PLATFORM")
        if not (chosen or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            os.environ["QT_QPA_PLATFORM"] = "offscreen"
            print("There is no display: the window is drawn offscreen. Close it with Ctrl+C.", flush=True)


async def _run(application: QApplication, options: Options, folder: Path) -> int:
    ui = UiSettingsFile(folder)
    theme = Theme(mode=ui.values.theme, market_colours=ui.values.market_colours)
    theme.install(application)
    window = MainWindow(theme, ui)
    if options.size is not None:
        window.resize(*options.size)
    loop = asyncio.get_running_loop()
    install_failure_handlers(loop, window.toasts)
    _end_on_signals(loop, window)
    if not ui.values.disclaimer_accepted:
        window.show_sign_in()
        window.sign_in.set_busy(True)
    window.show()
    await asyncio.sleep(FIRST_PAINT_SECONDS)
    session = await asyncio.to_thread(import_module, "app.session")
    gc.freeze()  # the modules stay: no later collection has to walk them
    code: int = await session.run(window, theme, ui, options, folder)
    window.hide()
    return code


def _end_on_signals(loop: asyncio.AbstractEventLoop, window: MainWindow) -> None:
    if sys.platform != "win32":
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, window.close)


if __name__ == "__main__":
    sys.exit(main())

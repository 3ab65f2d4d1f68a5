"""`forexelite`: from nothing to the window at work. It paints its frame first and imports everything else beside it."""

import builtins
import gc
import os
import sys
from collections.abc import Sequence

from PySide6.QtWidgets import QApplication

from app.options import data_folder, parse
from app.shell.window import TITLE, MainWindow
from app.taskbar import identify_to_taskbar
from app.theme import Theme
from app.ui_settings import UiSettingsFile

#: Seconds after which a thread that imports lets another one go on: the window must not wait for it.
SWITCH_SECONDS = 0.001


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the window until it is closed; returns the exit code."""
    gc.disable()  # `app.running` collects, in the window's own thread
    import_plainly()
    sys.setswitchinterval(SWITCH_SECONDS)
    options, qt_arguments = parse(sys.argv[1:] if arguments is None else arguments)
    choose_platform(qt_arguments)
    folder = data_folder(options)
    application = QApplication([sys.argv[0], *qt_arguments])
    application.setApplicationName(TITLE)
    application.setQuitOnLastWindowClosed(False)
    identify_to_taskbar()
    ui = UiSettingsFile(folder)
    theme = Theme(mode=ui.first.theme, market_colours=ui.first.market_colours)
    window = MainWindow(theme, ui, at_once=False)
    if options.size is not None:
        window.resize(*options.size)
    window.show()
    QApplication.processEvents()
    if ui.first.host_at_start and not options.demo:
        start_host_ahead()
    from app import running  # noqa: PLC0415  # the frame is painted before this is imported

    return running.run(application, window, theme, ui, options, folder)


def import_plainly() -> None:
    """Takes away PySide6's hook on `import`: it reads the source of every module that is imported after it.

    It looks for `from __feature__ import ...`, which this program does without.
    """
    builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)


def start_host_ahead() -> None:
    """Starts the terminal host that will be needed soon: it loads MetaTrader's module in a process of its own."""
    from agent_core.programs import MT5_MODULE  # noqa: PLC0415  # the frame is painted before this is imported
    from agent_core.terminal.spare_host import host_command, start_spare  # noqa: PLC0415

    start_spare(host_command(os.environ.get("FOREXELITE_MT5_MODULE", MT5_MODULE)))


def choose_platform(qt_arguments: Sequence[str]) -> None:
    """Falls back to Qt's offscreen platform where there is no display, and says so."""
    if sys.platform == "linux":
        chosen = "-platform" in qt_arguments or os.environ.get("QT_QPA_PLATFORM")
        if not (chosen or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            os.environ["QT_QPA_PLATFORM"] = "offscreen"
            print("There is no display: the window is drawn offscreen. Close it with Ctrl+C.", flush=True)


if __name__ == "__main__":
    sys.exit(main())

"""The window's log file in the data folder; Qt's own messages go there too."""

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_MAX_BYTES = 2_000_000
_KEPT = 3
_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
}
#: Said by the offscreen platform at each dialog.
_NO_MATTER = "This plugin does not support propagateSizeHints()"


def start_logging(folder: Path) -> Path:
    """Writes the program's log to `logs/window.log` under the folder; returns the file."""
    path = folder / "logs" / "window.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(path, maxBytes=_MAX_BYTES, backupCount=_KEPT, encoding="utf-8")
    handler.setFormatter(logging.Formatter(_FORMAT))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for chatty in ("httpx", "httpcore", "websockets", "qasync", "asyncio"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    qInstallMessageHandler(_from_qt)
    return path


def stop_logging() -> None:
    """Takes Qt's messages back to where they come from; Qt outlives Python's functions at the end of a program."""
    qInstallMessageHandler(None)


def _from_qt(kind: QtMsgType, _context: QMessageLogContext, message: str | None) -> None:
    if message != _NO_MATTER:
        logging.getLogger("qt").log(_LEVELS.get(kind, logging.ERROR), "%s", message)

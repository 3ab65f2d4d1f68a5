"""The window's log file in the data folder; Qt's own messages go there too."""

import logging
from pathlib import Path

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

from agent_core.log_file import rotating_log
from agent_core.protocol.errors import ForexEliteError

_MAX_BYTES = 2_000_000
_KEPT = 3
_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
}
#: Said by the offscreen platform at each dialog.
_NO_MATTER = "This plugin does not support propagateSizeHints()"


def start_logging(folder: Path) -> str:
    """Writes the program's log to `logs/window.log` under the folder; returns why it can't, if so."""
    handler: logging.Handler
    try:
        handler, problem = rotating_log(folder / "logs" / "window.log", size=_MAX_BYTES, kept=_KEPT), ""
    except ForexEliteError as error:
        handler, problem = logging.NullHandler(), error.detail
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for chatty in ("httpx", "httpcore", "websockets", "qasync", "asyncio"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    qInstallMessageHandler(_from_qt)
    return problem


def stop_logging() -> None:
    """Takes Qt's messages back to where they come from; Qt outlives Python's functions at the end of a program."""
    qInstallMessageHandler(None)


def _from_qt(kind: QtMsgType, _context: QMessageLogContext, message: str | None) -> None:
    if message != _NO_MATTER:
        logging.getLogger("qt").log(_LEVELS.get(kind, logging.ERROR), "%s", message)

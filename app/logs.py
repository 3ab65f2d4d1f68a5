"""The window's log file in the data folder."""

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_MAX_BYTES = 2_000_000
_KEPT = 3


def start_logging(folder: Path) -> Path:
    """Writes the program's log to `logs/window.log` under the folder; returns the file."""
    path = folder / "logs" / "window.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(path, maxBytes=_MAX_BYTES, backupCount=_KEPT, encoding="utf-8")
    handler.setFormatter(logging.Formatter(_FORMAT))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for chatty in ("httpx", "httpcore", "websockets", "qasync", "asyncio"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    return path

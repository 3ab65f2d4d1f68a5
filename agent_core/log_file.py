"""Log files that don't grow without end."""

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

from agent_core.protocol.errors import ErrorCode, ForexEliteError

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def rotating_log(path: Path, *, size: int, kept: int) -> logging.Handler:
    """Opens a log file; its folder is made where it is missing.

    Args:
        path: The file.
        size: Bytes after which a new one is begun.
        kept: How many old ones stay.

    Raises:
        ForexEliteError: it can't be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(path, maxBytes=size, backupCount=kept, encoding="utf-8")
    except OSError as error:
        raise ForexEliteError(
            ErrorCode.INTERNAL_ERROR,
            f"The log file {path} can't be written ({error.strerror}). Give your user write access to it and its "
            "folder, then start again.",
        ) from error
    handler.setFormatter(logging.Formatter(_FORMAT))
    return handler

"""What nobody caught: it is logged, and the trader is told."""

import asyncio
import logging
import sys
from types import TracebackType
from typing import Any

from app.tasks import ErrorSink, describe

log = logging.getLogger(__name__)


def install_failure_handlers(loop: asyncio.AbstractEventLoop, sink: ErrorSink) -> None:
    """Catches what escapes from Qt slots (`sys.excepthook`) and from bare tasks (the loop's handler)."""

    def from_slot(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        log.critical("An error escaped from a slot", exc_info=(kind, error, trace))
        if isinstance(error, Exception):
            sink.error(describe(error))

    def from_loop(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        log.error("%s", context.get("message", "An error escaped from a task"), exc_info=error)
        if isinstance(error, Exception):
            sink.error(describe(error))

    sys.excepthook = from_slot
    loop.set_exception_handler(from_loop)

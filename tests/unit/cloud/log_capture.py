"""The cloud's log as it writes it, caught for a test."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from cloud.logs import configure_logging


@contextmanager
def captured_log() -> Iterator[io.StringIO]:
    """Sends the log into the stream, until the end; then it goes where it went before."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    written = io.StringIO()
    configure_logging("info", written)
    yield written
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()

"""A Qt application with the product's theme, and a qasync loop to run coroutines beside the widgets."""

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
import qasync
from PySide6.QtWidgets import QApplication

from app.theme import Theme


@pytest.fixture(scope="session")
def app_theme(qapp: QApplication) -> Theme:
    """The product's theme, installed once for all tests of the window."""
    theme = Theme()
    theme.install(qapp)
    return theme


@pytest.fixture
def theme(app_theme: Theme) -> Iterator[Theme]:
    """The installed theme; dark again after each test."""
    yield app_theme
    if (app_theme.mode, app_theme.market_colours) != ("dark", "green_red"):
        app_theme.choose(mode="dark", market_colours="green_red")


@pytest.fixture
def qt_loop(qapp: QApplication) -> Iterator[qasync.QEventLoop]:
    """An asyncio loop that also serves Qt; current for the test."""
    loop = qasync.QEventLoop(qapp, set_running_loop=False)
    asyncio.set_event_loop(loop)
    try:
        yield loop
    finally:
        loop.close()
        asyncio.set_event_loop(None)


@pytest.fixture
def run(qt_loop: qasync.QEventLoop) -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Runs a coroutine on the Qt loop, at most ten seconds."""

    def run_it(work: Coroutine[Any, Any, Any]) -> Any:
        return qt_loop.run_until_complete(asyncio.wait_for(work, 10))

    return run_it

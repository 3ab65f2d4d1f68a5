"""What the steps of the tour share: the window, the terminal's own truth, and how to check one against the other."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.context import AppContext
from app.demo import DemoEnvironment
from app.shell.window import MainWindow
from app.tour.hands import click, find, settle, until
from app.tour.picture import picture_of
from app.tour.report import CheckFailedError

ASK_TERMINAL_EVERY_SECONDS = 0.25


class Guide:
    """Leads through the tour.

    Attributes:
        terminal: The demo's terminal, seen from outside the product.
        cloud: The demo's cloud.
        folder: Where pictures go.
        step: Name of the present step's picture.
        checked: Sentences of what the present step saw to be right.
        email: The trader who is made for this tour.
    """

    def __init__(self, window: MainWindow, context: AppContext, demo: DemoEnvironment, folder: Path) -> None:
        self.window = window
        self.context = context
        self.terminal = demo.terminal
        self.cloud = demo.cloud
        self.folder = folder
        self.step = ""
        self.checked: list[str] = []
        self.email = f"tour-{uuid4().hex[:12]}@example.com"
        self.password = uuid4().hex
        self.position: int = 0

    def check(self, sentence: str, holds: bool, seen: object = "") -> None:
        """Notes what is right.

        Raises:
            CheckFailedError: it isn't.
        """
        if not holds:
            raise CheckFailedError(f"Not so: {sentence}{f' (seen: {seen})' if seen != '' else ''}")
        self.checked.append(sentence)

    async def until_terminal(
        self, what: str, right: Callable[[dict[str, Any]], bool], seconds: float = 20, *, running: bool = True
    ) -> dict[str, Any]:
        """Asks the terminal itself until something is so; returns its state then.

        Raises:
            CheckFailedError: it did not become so in time.
        """
        deadline = time.monotonic() + seconds
        while True:
            state = await self.terminal.state()
            if state["running"] == running and right(state):
                self.checked.append(f"Terminal: {what}")
                return state
            if time.monotonic() > deadline:
                raise CheckFailedError(f"Terminal: not so within {seconds:.0f} s: {what}")
            await asyncio.sleep(ASK_TERMINAL_EVERY_SECONDS)

    async def picture(self, suffix: str, name: str = "") -> None:
        """Takes one more picture within a step, of the window with what is open over it, or of a part by its name."""
        await settle()
        picture = find(self.window, QWidget, name).grab() if name else picture_of(self.window)
        picture.save(str(self.folder / f"{self.step}-{suffix}.png"))

    async def go_to(self, page: str) -> None:
        """Presses an entry of the rail."""
        await click(self.window, f"rail.{page}")

    async def keys(self, keys: str) -> None:
        """Presses keys, as Qt writes them, while the window is the one that is worked in."""
        self.window.activateWindow()
        await until("the window is in front", self.window.isActiveWindow)
        QTest.keySequence(self.window, QKeySequence(keys))

    async def press(self, name: str, seconds: float = 20) -> None:
        """Presses a widget by its name."""
        await click(self.window, name, seconds)

"""The sound of an alert: the computer's own, so that its volume and choice are the user's."""

import sys
from contextlib import suppress

from PySide6.QtWidgets import QApplication


def play(level: str) -> None:
    """Plays the sound of a message; does not wait for its end. A computer that can't play one stays silent."""
    if sys.platform == "win32":
        import winsound  # noqa: PLC0415  # exists on Windows alone

        name = "SystemHand" if level == "error" else "SystemExclamation"
        with suppress(RuntimeError):
            winsound.PlaySound(name, winsound.SND_ALIAS | winsound.SND_ASYNC)
    else:
        QApplication.beep()

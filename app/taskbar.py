"""Windows only: the taskbar groups windows and shows notifications by this id."""

import sys

APPLICATION_ID = "ForexElitePro.Window"


def identify_to_taskbar() -> None:
    """Tells Windows which application this process belongs to; does nothing elsewhere."""
    if sys.platform == "win32":
        import ctypes  # noqa: PLC0415  # exists in this form on Windows alone

        ctypes.windll.shell32.SetCurrentProcessExplicitAppUserModelID(APPLICATION_ID)

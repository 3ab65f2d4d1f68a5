"""Where terminals may be installed on this computer, beside what their data folders tell."""

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

if sys.platform == "win32":
    import string
    import winreg

    _UNINSTALL = r"Software\Microsoft\Windows\CurrentVersion\Uninstall"

    def program_folders() -> Iterator[Path]:
        """Folders that directly hold installs: program folders, drives, and what the registry names."""
        for name in ("ProgramFiles", "ProgramW6432", "ProgramFiles(x86)"):
            if folder := os.environ.get(name):
                yield Path(folder)
        if local := os.environ.get("LOCALAPPDATA"):
            yield Path(local, "Programs")
        for letter in string.ascii_uppercase:
            drive = Path(f"{letter}:\\")
            if drive.exists():
                yield drive
        for install in registered_installs():
            yield install.parent

    def registered_installs() -> Iterator[Path]:
        """Folders of installed programs, as their uninstall entries name them."""
        for root in (winreg.HKEY_LOCAL_MACHINE, winreg.HKEY_CURRENT_USER):
            for view in (winreg.KEY_WOW64_64KEY, winreg.KEY_WOW64_32KEY):
                with suppress(OSError), winreg.OpenKey(root, _UNINSTALL, 0, winreg.KEY_READ | view) as entries:
                    for index in range(winreg.QueryInfoKey(entries)[0]):
                        if folder := _install_location(entries, winreg.EnumKey(entries, index)):
                            yield Path(folder)

    def _install_location(entries: winreg.HKEYType, name: str) -> str:
        with suppress(OSError), winreg.OpenKey(entries, name) as entry:
            return str(winreg.QueryValueEx(entry, "InstallLocation")[0]).strip('" ')
        return ""

else:

    def program_folders() -> Iterator[Path]:
        """None: elsewhere MetaTrader lives in Wine prefixes."""
        yield from ()

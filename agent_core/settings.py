"""Settings of the agent, from the environment (`FOREXELITE_*`) or given by the program that embeds it."""

import os
import sys
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from agent_core.folders import default_data_folder
from agent_core.programs import MT5_MODULE


def _default_roaming_folder() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA", str(Path.home() / "AppData" / "Roaming")))
    else:  # noqa: RET505  # what follows is no dead code to a type checker for Windows
        return Path.home() / ".wine/drive_c/users" / os.environ.get("USER", "root") / "AppData/Roaming"


#: In the data folder: copies of terminals that strategy tests run in.
TESTER_FOLDER = "tester"


class AgentSettings(BaseSettings):
    """Settings of the agent.

    Attributes:
        data_folder: Local store, logs, credentials file, artifacts.
        cloud_url: Address of the hosted API; empty works without a cloud.
        roaming_folder: Where `MetaQuotes/Terminal/<id>` lies (%APPDATA%).
        search_folders: Further folders that may hold terminals (portable installs), or Wine prefixes.
        whole_computer: Whether terminals are also looked for among running programs and where programs are installed.
        mt5_module: Module with MetaTrader5's API, imported by the terminal host alone.
        wine_python: A Windows python.exe with this program and the MetaTrader5 package, which runs the terminal host
            of a terminal under Wine.
        launcher: Program and arguments put before an .exe where Windows does not run it itself (`wine`).
    """

    model_config = SettingsConfigDict(env_prefix="FOREXELITE_", extra="ignore")

    data_folder: Path = Field(default_factory=default_data_folder)
    cloud_url: str = ""
    roaming_folder: Path = Field(default_factory=_default_roaming_folder)
    search_folders: list[Path] = Field(default_factory=list)
    whole_computer: bool = True
    mt5_module: str = MT5_MODULE
    wine_python: Path | None = None
    launcher: list[str] = Field(default_factory=list)

"""The start file of `terminal64.exe /config:"file"`: what the terminal is told for one session."""

import configparser
from dataclasses import dataclass, field
from pathlib import Path, PureWindowsPath

from agent_core.simulator.terminal.charts import EXPERT_MAY_TRADE, PERIODS, Chart, ExpertOnChart
from agent_core.simulator.terminal.switches import decode_text

_MAY_NOT_TRADE = 4


@dataclass(frozen=True, slots=True)
class StartConfig:
    """Sections of the file → keys → values; both without regard to case."""

    sections: dict[str, dict[str, str]] = field(default_factory=dict)

    def section(self, name: str) -> dict[str, str]:
        """Returns a section, empty where the file has none."""
        return self.sections.get(name.lower(), {})

    def startup_chart(self) -> Chart | None:
        """The chart that [StartUp] opens, with its EA; it is not kept in the profile."""
        startup = self.section("StartUp")
        if not startup.get("expert"):
            return None
        relative = PureWindowsPath(startup["expert"])
        mode = EXPERT_MAY_TRADE if self.section("Experts").get("allowlivetrading") == "1" else _MAY_NOT_TRADE
        timeframe = startup.get("period", "H1")
        expert = ExpertOnChart(relative.name, f"Experts\\{relative}.ex5", mode)
        return Chart(0, startup.get("symbol", "EURUSD"), timeframe if timeframe in PERIODS else "H1", expert)


def read_start_config(arguments: list[str]) -> StartConfig:
    """Reads the file that the arguments name.

    A file that can't be read is passed over in silence, and so is a switch whose quotes do not follow its colon.
    """
    value = next((a[len("/config:") :] for a in arguments if a.lower().startswith("/config:")), "")
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(decode_text(Path(value.strip('"')).read_bytes()))
    except (OSError, configparser.Error):
        return StartConfig()
    return StartConfig({name.lower(): dict(parser.items(name)) for name in parser.sections()})

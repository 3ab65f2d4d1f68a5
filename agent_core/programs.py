"""How this product starts its own programs as child processes, from source and frozen alike."""

import sys

#: Module with MetaTrader 5's API, imported by the terminal host alone.
MT5_MODULE = "MetaTrader5"
#: Sub-command of the frozen program → module that runs it from source.
PROGRAMS: dict[str, str] = {
    "window": "app.main",
    "agent": "agent_core.headless",
    "terminal-host": "agent_core.terminal.host",
    "mql-checker": "agent_core.mql.worker",
    "cloud": "cloud.cli",
    "simulator": "agent_core.simulator",
}


def command_for(program: str) -> list[str]:
    """Returns the argument list that starts one of `PROGRAMS`.

    Raises:
        KeyError: there is no such program.
    """
    module = PROGRAMS[program]
    if getattr(sys, "frozen", False):
        return [sys.executable, program]
    return [sys.executable, "-m", module]

"""The simulator's programs: `install`, `state`, `control`, or the path of terminal64.exe or metaeditor64.exe."""

import sys
from pathlib import Path

from agent_core.simulator.layout import METAEDITOR_EXE, TERMINAL_EXE


def main(arguments: list[str] | None = None) -> int:
    """Runs the program the first argument names."""
    arguments = sys.argv[1:] if arguments is None else arguments
    program = Path(arguments[0].replace("\\", "/")).name.lower() if arguments else ""
    # Each program loads only what it needs: the compiler's parts cost more time than a start of the terminal.
    if program == TERMINAL_EXE:
        from agent_core.simulator.terminal.process import run_terminal  # noqa: PLC0415

        return run_terminal(Path(arguments[0]), arguments[1:])
    if program == METAEDITOR_EXE:
        from agent_core.simulator.metaeditor.compiler import run_metaeditor  # noqa: PLC0415

        return run_metaeditor(Path(arguments[0]), arguments[1:])
    if arguments[:1] == ["update"]:
        from agent_core.simulator.terminal.process import run_updater  # noqa: PLC0415

        return run_updater(arguments[1:])
    from agent_core.simulator.verbs import run_verb  # noqa: PLC0415

    return run_verb(arguments)


if __name__ == "__main__":
    sys.exit(main())

"""Entry of the frozen program: its first argument may name one of the product's programs; otherwise its own name does.

The program starts itself this way as its own children (`agent_core.programs.command_for`).
"""

import sys
from importlib import import_module
from pathlib import Path

from agent_core.programs import PROGRAMS

#: Programs that are not shipped to traders: the cloud and its database, and the stand-ins of a demo.
NOT_SHIPPED = frozenset({"cloud", "simulator"})


def main() -> int:
    program = "agent" if Path(sys.executable).stem.lower().endswith("agent") else "window"
    if len(sys.argv) > 1 and sys.argv[1] in PROGRAMS:
        program = sys.argv.pop(1)
    if program in NOT_SHIPPED:
        sys.exit(f"The installed program has no {program} of its own. Run the demo from source, as the README says.")
    return int(import_module(PROGRAMS[program]).main())


if __name__ == "__main__":
    sys.exit(main())

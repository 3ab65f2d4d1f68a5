"""The verbs `install`, `state` and `control`."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from agent_core.simulator.ipc import IpcError, call_terminal
from agent_core.simulator.layout import layout_of_root


def run_verb(arguments: list[str]) -> int:
    """Runs `install`, `state` or `control` with command line arguments."""
    parser = argparse.ArgumentParser(prog="simulator", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    installing = verbs.add_parser("install", help="install a terminal")
    installing.add_argument("--seed", type=int, default=1)
    installing.add_argument("--quotes", type=Path)
    installing.add_argument("--speed", type=float, default=1.0)
    installing.add_argument("--idle-exit", type=float)
    installing.add_argument("--balance", type=float, default=10_000.0)
    installing.add_argument("--currency", default="USD")
    installing.add_argument("--leverage", type=int, default=100)
    installing.add_argument("--live", action="store_true")
    installing.add_argument("--netting", action="store_true")
    installing.add_argument("--with-bridge", action="store_true")
    stating = verbs.add_parser("state", help="print the terminal's own truth")
    controlling = verbs.add_parser("control", help="change the terminal's world")
    controlling.add_argument("command", help="JSON object")
    for verb in (installing, stating, controlling):
        verb.add_argument("--root", type=Path, required=True)
    chosen = parser.parse_args(arguments)
    try:
        _print(_run(chosen))
    except (IpcError, OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _run(chosen: argparse.Namespace) -> Any:
    if chosen.verb == "install":
        # Asking a terminal takes none of this, and is done again and again.
        from agent_core.simulator.install import install, install_bridge  # noqa: PLC0415
        from agent_core.simulator.options import SimulatorOptions  # noqa: PLC0415

        options = SimulatorOptions(
            seed=chosen.seed,
            quotes=chosen.quotes.resolve() if chosen.quotes else None,
            speed=chosen.speed,
            idle_exit=chosen.idle_exit,
            balance=chosen.balance,
            currency=chosen.currency,
            leverage=chosen.leverage,
            live=chosen.live,
            netting=chosen.netting,
        )
        layout = install(chosen.root, options)
        if chosen.with_bridge:
            install_bridge(layout)
        roaming = layout.common.parent.parent.parent
        return {"executable": str(layout.executable), "data_folder": str(layout.data), "roaming": str(roaming)}
    layout = layout_of_root(chosen.root)
    if chosen.verb == "control":
        return call_terminal(layout, "control", json.loads(chosen.command))
    return call_terminal(layout, "state")


def _print(content: Any) -> None:
    sys.stdout.write(json.dumps(content, indent=1) + "\n")

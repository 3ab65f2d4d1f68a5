"""The verbs `install`, `state` and `control`."""

import argparse
import json
import shutil
import sys
import time
from importlib.resources import files
from pathlib import Path
from typing import Any

from agent_core.simulator.ipc import Connection, IpcError
from agent_core.simulator.layout import METAEDITOR_EXE, Layout, layout_of_root
from agent_core.simulator.market.quotes_file import load_quotes
from agent_core.simulator.options import SimulatorOptions
from agent_core.simulator.terminal.charts import EXPERT_MAY_TRADE, Chart, ExpertOnChart, Profile
from agent_core.simulator.terminal.desk import BRIDGE_NAME


def install(root: Path, options: SimulatorOptions) -> Layout:
    """Installs a terminal under a root folder; one that is there keeps its account, history and options' anchor."""
    layout = layout_of_root(root)
    layout.executable.parent.mkdir(parents=True, exist_ok=True)
    for executable in (layout.executable, layout.executable.with_name(METAEDITOR_EXE)):
        if not executable.exists():
            executable.write_bytes(b"MZ")
            executable.chmod(0o755)
    layout.create()
    if options.quotes is not None:
        options = options.model_copy(update={"quotes": _keep_quotes(layout, options.quotes)})
    if layout.options_file.exists():
        options = options.model_copy(update={"anchor": SimulatorOptions.load(layout).anchor})
    options.save(layout)
    return layout


def _keep_quotes(layout: Layout, path: Path) -> Path:
    """Copies a file of quotes into the data folder: the terminal must find it at every start."""
    symbol = load_quotes(path).symbol
    kept = layout.data / "bases" / f"{symbol.name}_{path.name.lower().replace(symbol.name.lower(), '')}"
    if path.resolve() != kept.resolve():
        shutil.copyfile(path, kept)
    return kept


def install_bridge(layout: Layout) -> None:
    """Puts the bridge EA on a chart of the profile, as the product does with the trader's consent."""
    from agent_core.simulator.metaeditor.compiler import compile_into  # noqa: PLC0415 - slow to load, rarely needed

    resources = files("resources") / "mql5"
    for include in (resources / "Include" / "ForexElite").iterdir():
        target = layout.mql5 / "Include" / "ForexElite" / include.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(include.read_bytes())
    source = (resources / "Experts" / f"{BRIDGE_NAME}.mq5").read_text(encoding="utf-8-sig")
    compile_into(source, BRIDGE_NAME, layout.mql5 / "Experts" / "ForexElitePro", layout.mql5)
    profile = Profile(layout)
    charts = profile.load()
    if not any(chart.expert and chart.expert.name == BRIDGE_NAME for chart in charts):
        path = f"Experts\\ForexElitePro\\{BRIDGE_NAME}.ex5"
        expert = ExpertOnChart(BRIDGE_NAME, path, EXPERT_MAY_TRADE)
        profile.save([*charts, Chart(time.time_ns() // 1000, "EURUSD", "H1", expert)])


def call_terminal(layout: Layout, function: str, *arguments: Any) -> Any:
    """Calls "state" or "control" of the running terminal.

    Raises:
        IpcError: no terminal runs there, or it refuses.
    """
    with Connection(layout) as connection:
        answer = connection.call(function, *arguments)
    if answer.code != 1:
        raise IpcError(answer.text)
    return answer.value


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

"""Puts a simulated terminal on the disk, on request with the bridge on one of its charts."""

import shutil
import time
from importlib.resources import files
from pathlib import Path

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

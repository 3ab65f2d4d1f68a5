"""The product's chart beside finplot, vnpy's chart and pyqtgraph's own example: `python -m tests.bench.bench_chart`.

Every contender runs in a process of its own, on the same bars, offscreen at 1,600 × 900, with axes, grid and volume
(pyqtgraph's example has no volume). The peers are installed into environments in the temporary folder the first time;
without a package index they are left out, and the bench says so.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Sequence
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: Figures by kind, or why there are none.
Result = dict[str, float] | str
KINDS = ("load", "pan", "zoom", "all", "tick", "memory")
#: vnpy pins a PySide6 of its own, so it needs an environment of its own.
ENVIRONMENTS: dict[str, tuple[str, ...]] = {
    "finplot": ("PySide6-Essentials==6.11.3", "pyqtgraph==0.14.0", "finplot==1.9.7", "psutil"),
    "vnpy": ("vnpy==4.5.0", "psutil"),
}
RUNS_IN = {"finplot": "finplot", "example": "finplot", "vnpy": "vnpy"}
#: What the product's chart may take: milliseconds, mebibytes. "ours+" has three overlays and a pane more.
TARGETS: dict[str, dict[str, float]] = {
    "ours": {"load": 90, "pan": 2.5, "zoom": 2.5, "tick": 0.6, "memory": 60},
    "ours+": {"pan": 4.0, "zoom": 4.0, "memory": 60},
}
#: How many times faster than finplot it has to be, whatever the machine.
LEAST_RATIOS = {"pan": 8.0, "tick": 60.0}
#: A frame costs the same with the most bars as with the fewest, within this factor either way.
MOST_CHANGE = 1.3


def environment(name: str, folder: Path) -> Path | None:
    """Returns the Python of a peer's environment, made when it is not there; None when that fails."""
    place = folder / name
    python = place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    done = place / "installed"
    if not done.exists():
        print(f"Installing {name} into {place} …", flush=True)
        venv.create(place, with_pip=True)
        made = subprocess.run([python, "-m", "pip", "install", "-q", *ENVIRONMENTS[name]], check=False)
        if made.returncode != 0:
            return None
        done.touch()
    return python


def run(python: Path, name: str, count: int, limit: float) -> Result:
    """Measures one contender; returns its figures or why there are none."""
    command = [str(python), "-m", "tests.bench.chart_measure", name, str(count)]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        return f"took more than {limit:.0f} s"
    if done.returncode != 0:
        return f"failed: {(done.stderr.strip().splitlines() or ['no message'])[-1]}"
    figures: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return figures


def best(python: Path, names: Sequence[str], counts: Sequence[int], rounds: int) -> dict[tuple[str, int], Result]:
    """Returns the least of several runs: what others do on the machine only ever adds.

    The counts take turns, so that they are compared under the same conditions.
    """
    found: dict[tuple[str, int], Result] = {}
    for _ in range(rounds):
        for count, name in product(counts, names):
            result, known = run(python, name, count, 240), found.get((name, count))
            if isinstance(result, dict) and isinstance(known, dict):
                result = {kind: min(result[kind], known[kind]) for kind in KINDS}
            found[name, count] = result
    return found


def row(name: str, figures: Result, ours: dict[str, float]) -> str:
    """Returns a line of the table: figures, and how many times ours."""
    if isinstance(figures, str):
        return f"{name:10} {figures}"
    cells = []
    for kind in KINDS:
        ratio = "" if name.startswith("ours") else f" ×{figures[kind] / max(ours[kind], 0.01):.0f}"
        cells.append(f"{figures[kind]:8.2f}{ratio:7}")
    return f"{name:10} " + " ".join(cells)


def judge(results: dict[str, Result], fewest: dict[str, Result]) -> list[str]:
    """Returns what is out of bounds at the largest count, or costs more than at the least one."""
    wrong: list[str] = []
    for name in TARGETS:
        many, few = results[name], fewest[name]
        if isinstance(many, dict) and isinstance(few, dict):
            for kind in ("pan", "zoom"):
                change = many[kind] / few[kind]
                print(f"{name}: {kind} at the most bars is {change:.2f} × that at the fewest")
                if not 1 / MOST_CHANGE <= change <= MOST_CHANGE:
                    wrong.append(f"{name} {kind} goes from {few[kind]:.2f} to {many[kind]:.2f}")
    for name, targets in TARGETS.items():
        figures = results[name]
        if isinstance(figures, str):
            return [f"{name} {figures}"]
        wrong += [f"{name} {k} {figures[k]:.2f} > {most}" for k, most in targets.items() if figures[k] > most]
    ours, finplot = results["ours"], results.get("finplot", "was left out")
    if isinstance(ours, dict) and isinstance(finplot, dict):
        ratios = {kind: finplot[kind] / max(ours[kind], 0.01) for kind in LEAST_RATIOS}
        wrong += [f"{k} only {ratios[k]:.1f} × finplot" for k, least in LEAST_RATIOS.items() if ratios[k] < least]
        print("; ".join(f"{kind} {ratio:.0f} × finplot" for kind, ratio in ratios.items()))
    else:
        wrong.append(f"finplot {finplot}: nothing to compare with")
    for name, targets in TARGETS.items():
        print(f"targets of {name}: " + ", ".join(f"{kind} ≤ {most:g}" for kind, most in targets.items()))
    return wrong


def main() -> int:
    """Measures everything, prints the tables, returns 1 when a target is missed at the largest count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counts", default="1000,100000,1000000", help="numbers of bars")
    parser.add_argument("--contenders", default="ours,ours+,finplot,vnpy,example")
    parser.add_argument("--rounds", type=int, default=3, help="runs of ours; the least counts")
    parser.add_argument("--peers", type=Path, default=Path(tempfile.gettempdir()) / "forexelite-chart-peers")
    options = parser.parse_args()
    counts = sorted(int(count) for count in options.counts.split(","))
    contenders = options.contenders.split(",")
    own = [name for name in contenders if name in TARGETS]
    pythons: dict[str, Path | None] = {}
    for peer, place in RUNS_IN.items():
        if peer in contenders:
            pythons[peer] = environment(place, options.peers)
    measured = best(Path(sys.executable), own, counts, options.rounds)
    results: dict[str, Result] = {}
    fewest: dict[str, Result] = {}
    for count in counts:
        print(f"\n{count:,} bars; milliseconds (memory: MiB), behind × how many times ours", flush=True)
        print(f"{'':10} " + " ".join(f"{kind:>8}{'':7}" for kind in KINDS), flush=True)
        results = {}
        for name in contenders:
            if name in own:
                results[name] = measured[name, count]
            else:
                python = pythons[name]
                results[name] = run(python, name, count, 240) if python else "could not be installed, left out"
            ours = results.get("ours", "")
            fewest.setdefault(name, results[name])
            print(row(name, results[name], ours if isinstance(ours, dict) else dict.fromkeys(KINDS, 1.0)), flush=True)
    wrong = judge(results, fewest) if set(TARGETS) <= set(results) else []
    print("\n" + ("; ".join(wrong) if wrong else "Every target is met."))
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())

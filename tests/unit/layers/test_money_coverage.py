"""Every branch of the modules that decide about money is taken by their own unit tests."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MODULES = [
    *(
        f"agent_core/trading/{name}.py"
        for name in (
            "answers", "day_ledger", "guard", "journal", "numbers", "order_checks", "order_request",
            "outcomes", "reconcile", "retcodes", "sizing", "stops",
        )
    ),
    "agent_core/ea/compile_log.py",
]  # fmt: skip
TESTS = [
    *(str(path.relative_to(ROOT)) for path in sorted((ROOT / "tests/unit/trading").glob("test_*.py"))),
    "tests/unit/ea/test_compile_log.py",
]
#: Kills a process at every step; it is about the desk as a whole, and takes its time.
SLOW = "tests/unit/trading/test_crash_injection.py"


def test_money_modules_are_covered_by_their_unit_tests(tmp_path: Path) -> None:
    data, report = tmp_path / "coverage", tmp_path / "coverage.json"
    settings = tmp_path / "coveragerc"
    settings.write_text(f"[run]\nbranch = true\ndata_file = {data}\ninclude =\n" + _lines(MODULES), encoding="utf-8")
    coverage = [sys.executable, "-m", "coverage"]
    own = f"--rcfile={settings}"
    tests = [test for test in TESTS if Path(test) != Path(SLOW)]
    _run([*coverage, "run", own, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *tests])
    _run([*coverage, "json", own, "-o", str(report)])
    files = json.loads(report.read_text(encoding="utf-8"))["files"]
    seen = {Path(name).as_posix(): summary for name, summary in files.items()}
    gaps = {
        module: seen[module]["missing_lines"] + seen[module]["missing_branches"] if module in seen else "never imported"
        for module in MODULES
        if module not in seen or seen[module]["missing_lines"] or seen[module]["missing_branches"]
    }
    assert gaps == {}


def _run(command: list[str]) -> None:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COVERAGE_", "COV_"))
    }
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"{' '.join(command)}\n{done.stdout[-3000:]}{done.stderr[-1000:]}")


def _lines(names: list[str]) -> str:
    return "".join(f"    {name}\n" for name in names)

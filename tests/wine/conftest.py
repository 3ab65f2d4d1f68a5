"""Programs of MetaTrader under Wine, started from Linux. `packaging/wine/windows.py check` runs these tests."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from agent_core.simulator.install import install
from agent_core.simulator.layout import METAEDITOR_EXE, Layout
from agent_core.simulator.options import SimulatorOptions
from agent_core.terminal.models import Account, TerminalInstall

HERE = Path(__file__).parent
FOLDER = os.environ.get("FOREXELITE_WINE_FOLDER", "")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leaves this folder's tests out where no Wine was prepared for them."""
    for item in items:
        if not FOLDER and HERE in item.path.parents:
            item.add_marker(pytest.mark.skip(reason="packaging/wine/windows.py check runs it"))


@pytest.fixture(scope="session")
def forwarder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Windows program that hands its command line on to the simulator."""
    program = tmp_path_factory.mktemp("forward") / "forward.exe"
    compiler = ["x86_64-w64-mingw32-gcc", "-municode", "-mwindows", "-O2", "-s", "-o", str(program)]
    subprocess.run([*compiler, str(HERE / "forward.c")], check=True)
    return program


class Terminal:
    """A terminal under Wine, in folders with everything that a path may hold."""

    def __init__(self, root: Path, forwarder: Path) -> None:
        self.layout: Layout = install(root, SimulatorOptions(seed=7))
        for program in (self.layout.executable, self.metaeditor):
            shutil.copyfile(forwarder, program)
        self.install = TerminalInstall(
            self.layout.executable, self.layout.data, portable=False, running=False, name="MetaTrader 5",
            wine_prefix=Path(FOLDER, "prefix"),
        )  # fmt: skip

    @property
    def metaeditor(self) -> Path:
        """The compiler."""
        return self.layout.executable.with_name(METAEDITOR_EXE)

    def told(self, program: Path) -> str:
        """The command line that a program got."""
        return program.with_name(program.name + ".txt").read_text(encoding="utf-8")


@pytest.fixture
def terminal(tmp_path: Path, forwarder: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal under Wine whose programs are simulated."""
    python = Path(FOLDER, "wpy", "cp312", "python.exe")
    monkeypatch.setenv("FOREXELITE_TEST_PYTHON", "Z:" + str(python).replace("/", "\\"))
    return Terminal(tmp_path / "Jörg Müller & Söhne (x86)", forwarder)


@pytest.fixture
def account() -> Account:
    """The account of the strategy tester."""
    return Account(
        login=50_001_234, server="Demo", company="", name="", currency="USD", currency_digits=2, leverage=100,
        live=False, hedging=True, balance=10_000, credit=0, profit=0, equity=10_000, margin=0, margin_free=10_000,
        margin_level=None, trade_allowed=True, trade_expert=True,
    )  # fmt: skip

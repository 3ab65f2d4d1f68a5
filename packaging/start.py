"""Sets this computer up and starts a program of the product, or its tests. Needs nothing but Python.

    python3 packaging/start.py demo   [arguments of forexelite]
    python3 packaging/start.py test   [arguments of pytest]
    python3 packaging/start.py window | agent | cloud  [arguments]
    python3 packaging/start.py setup  (only sets up; a developer's environment)

The first run installs what is missing and says what; later runs find a stamp and start at once. An interrupted
run leaves no stamp, so the next one goes on where it stopped.
"""

import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "forexelite-ready"
PYTHON = VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")

#: Shared library that Qt's offscreen platform loads → Debian package that holds it.
QT_LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libbrotlidec.so.1": "libbrotli1",
}
#: What Qt needs besides to open a window on an X display.
QT_X11_LIBRARIES = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
PROGRAMS = {
    "demo": ["-m", "app.main", "--demo"],
    "window": ["-m", "app.main"],
    "agent": ["-m", "agent_core.headless"],
    "cloud": ["-m", "cloud.cli"],
    "test": ["-m", "pytest"],
}


def main() -> int:
    """Sets up, then becomes the program asked for."""
    if len(sys.argv) < 2 or sys.argv[1] not in {*PROGRAMS, "setup"}:
        print(__doc__)
        return 2
    if not (3, 11) <= sys.version_info < (3, 14):
        print(f"This needs Python 3.11, 3.12 or 3.13; this is {sys.version.split()[0]}.")
        return 1
    program, arguments = sys.argv[1], sys.argv[2:]
    lock = ROOT / "packaging" / ("lock-dev.txt" if program in {"test", "setup"} else "lock-run.txt")
    try:
        install_system_libraries()
        if program == "test":
            install_browser()
        install_packages(lock)
    except subprocess.CalledProcessError as error:
        command = " ".join(map(str, error.cmd))
        print(
            f"Set-up stopped: '{command}' failed with code {error.returncode}. Read its last lines above, "
            "mend that and run this command again; it goes on where it stopped."
        )
        return 1
    if program == "setup":
        return 0
    if program == "test":
        os.chdir(ROOT)
    return run([str(PYTHON), *PROGRAMS[program], *arguments])


def install_system_libraries() -> None:
    """Installs the Debian packages that Qt and the virtual environment need and that are missing."""
    if not sys.platform.startswith("linux"):
        return
    wanted = dict(QT_LIBRARIES)
    if os.environ.get("DISPLAY"):
        wanted |= QT_X11_LIBRARIES
    missing = sorted({package for library, package in wanted.items() if not loads(library)})
    if not PYTHON.exists() and not has_module("ensurepip"):
        missing.append(f"python{sys.version_info.major}.{sys.version_info.minor}-venv")
    if not missing:
        return
    if not shutil.which("apt-get"):
        print("Please install with your system's package manager what these Debian packages hold: " + " ".join(missing))
        raise SystemExit(1)
    apt_install(missing)


def install_browser() -> None:
    """Installs the browser of the dashboard's tests where Debian has it; without one these tests are skipped."""
    if any(map(shutil.which, BROWSERS)) or not shutil.which("apt-get"):
        return
    try:
        apt_install(["chromium"])
    except subprocess.CalledProcessError:
        print("There is no Chromium to install here: the tests of the web dashboard are skipped.", flush=True)


def apt_install(packages: list[str]) -> None:
    """Installs Debian packages.

    Raises:
        CalledProcessError: apt-get failed; its own words are on the screen.
    """
    as_root = [] if os.geteuid() == 0 else ["sudo"]
    print("Installing system packages with apt-get: " + " ".join(packages), flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run([*as_root, "apt-get", "update", "-qq"], check=True, env=environment)
    subprocess.run(
        [*as_root, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages],
        check=True,
        env=environment,
        stdout=subprocess.DEVNULL,
    )


def loads(library: str) -> bool:
    """Whether the dynamic linker finds a library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def has_module(name: str) -> bool:
    """Whether the running Python can import a module (Debian splits `ensurepip` off)."""
    return subprocess.run([sys.executable, "-c", f"import {name}"], capture_output=True, check=False).returncode == 0


def install_packages(lock: Path) -> None:
    """Brings the virtual environment to exactly what a lock file says, unless a stamp says it is there."""
    content = lock.read_bytes() + sys.version.encode() + str(ROOT).encode()
    wanted = f"{lock.name} {hashlib.sha256(content).hexdigest()}"
    stamps = STAMP.read_text(encoding="utf-8").splitlines() if STAMP.exists() else []
    if wanted in stamps:
        return
    if not PYTHON.exists() or not in_environment("import pip"):
        print("Creating the virtual environment .venv", flush=True)
        shutil.rmtree(VENV, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    print(f"Installing Python packages from packaging/{lock.name} (a minute or two the first time)", flush=True)
    if not in_environment("import uv"):
        subprocess.run([str(PYTHON), "-m", "pip", "install", "--quiet", "uv"], check=True)
    uv = [str(PYTHON), "-m", "uv", "pip", "install", "--quiet", "--python", str(PYTHON), "--compile-bytecode"]
    subprocess.run([*uv, "--require-hashes", "--requirements", str(lock)], check=True, cwd=ROOT)
    subprocess.run([*uv, "--no-deps", "--editable", str(ROOT)], check=True, cwd=ROOT)
    kept = [stamp for stamp in stamps if not stamp.startswith(lock.name)]
    STAMP.write_text("\n".join([*kept, wanted]) + "\n", encoding="utf-8")


def in_environment(code: str) -> bool:
    """Whether a line of Python runs in the virtual environment."""
    return subprocess.run([str(PYTHON), "-c", code], capture_output=True, check=False).returncode == 0


def run(command: list[str]) -> int:
    """Runs a program and hands its exit code on; on POSIX it takes this process's place, signals and all."""
    if sys.platform != "win32":
        os.execv(command[0], command)
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())

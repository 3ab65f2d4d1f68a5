"""The files that hosts build and start the cloud with fit the code."""

import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from pydantic import ValidationError

from cloud.settings import CloudSettings, MissingSettingError

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "packaging" / "cloud"
PIN = re.compile(r"^([a-z0-9-]+)==([^ ;\\]+)", re.MULTILINE)


def pins(name: str) -> dict[str, str]:
    return dict(PIN.findall((ROOT / "packaging" / name).read_text("utf-8")))


def test_the_example_names_settings_that_exist() -> None:
    names = re.findall(r"^([A-Z_]+)=", (FOLDER / "cloud.env.example").read_text("utf-8"), re.MULTILINE)
    known = {str(field.validation_alias or name).upper() for name, field in CloudSettings.model_fields.items()}
    assert len(names) > 10
    assert set(names) <= known


def test_the_image_gets_what_was_tested() -> None:
    locked, tested = pins("lock-cloud.txt"), pins("lock-dev.txt")
    assert {"fastapi", "uvicorn", "asyncpg", "redis"} <= locked.keys()
    assert "pyside6-essentials" not in locked
    assert {name: tested.get(name) for name in locked} == locked


def test_the_server_needs_nothing_else() -> None:
    locked = {*pins("lock-cloud.txt"), "forexelite-pro"}
    names = {
        module: {name.lower().replace("_", "-").replace(".", "-") for name in found}
        for module, found in packages_distributions().items()
    }
    missing = [
        module for module, found in names.items() if not found & locked and module not in sys.stdlib_module_names
    ]
    assert {"psutil", "PySide6", "pytest"} <= set(missing)
    program = (
        "import sys\n"
        "class Missing:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] in sys.argv[1].split():\n"
        "            raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Missing())\n"
        "import cloud.cli, agent_core.mql.worker\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, " ".join(missing)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_everything_it_copies_is_there_and_not_ignored() -> None:
    lines = (FOLDER / "Dockerfile").read_text("utf-8").splitlines()
    copied = [
        part for line in lines if line.startswith("COPY ") and "--from" not in line for part in line.split()[1:-1]
    ]
    kept = {line[1:] for line in (FOLDER / "Dockerfile.dockerignore").read_text("utf-8").splitlines() if line[0] == "!"}
    assert len(copied) == 8
    assert set(copied) == kept
    assert all((ROOT / name).exists() for name in copied)
    assert (
        tomllib.loads((FOLDER / "railway.toml").read_text("utf-8"))["build"]["dockerfilePath"]
        == "packaging/cloud/Dockerfile"
    )


def test_the_image_s_own_look_at_its_health_runs_and_its_program_exists() -> None:
    text = (FOLDER / "Dockerfile").read_text("utf-8")
    look = re.search(r"^HEALTHCHECK .*CMD \\\n *(\[.*\])$", text, re.MULTILINE)
    assert look is not None
    program, flag, code = json.loads(look.group(1))
    assert (program, flag) == ("python", "-c")
    compile(code, "HEALTHCHECK", "exec")
    command = re.search(r"^CMD (\[.*\])$", text, re.MULTILINE)
    assert command is not None
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]
    assert json.loads(command.group(1))[0] in scripts


def test_what_the_example_leaves_empty_keeps_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = (FOLDER / "cloud.env.example").read_text("utf-8").splitlines()
    values = dict(line.split("=", 1) for line in lines if line and line[0] != "#")
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    settings = CloudSettings()
    assert (settings.smtp_from, settings.credentials_keys) == (CloudSettings.model_fields["smtp_from"].default, [])
    with pytest.raises(MissingSettingError, match="DATABASE_URL"):
        settings.require_secrets()


def test_nobody_may_choose_their_own_address() -> None:
    with pytest.raises(ValidationError, match="FORWARDED_ALLOW_IPS"):
        CloudSettings(forwarded_allow_ips="*")


def test_nothing_unlocked_gets_into_the_image() -> None:
    installed = re.findall(r"pip install (.+)$", (FOLDER / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    assert installed == ["--require-hashes --only-binary :all: -r /build/lock-cloud.txt", "--no-deps ."]


def test_a_proxy_on_docker_s_own_networks_is_believed() -> None:
    text = (FOLDER / "cloud.env.example").read_text("utf-8")
    line = re.search(r"^FORWARDED_ALLOW_IPS=(.*)$", text, re.MULTILINE)
    assert line is not None
    believed = [ip_network(part) for part in line.group(1).split(",") if "." in part]
    for gateway in ("172.17.0.1", "172.31.0.1", "192.168.0.1", "192.168.240.1"):
        assert any(ip_address(gateway) in network for network in believed), gateway

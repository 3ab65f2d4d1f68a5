"""Paths, processes, files and credentials on Windows."""

import asyncio
import importlib
import os
import pkgutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent_core.credentials import Credentials
from agent_core.ea.files import replace_file
from agent_core.ea.launch import start_program, switch
from agent_core.exclusive import try_lock
from agent_core.mql import check
from agent_core.mql.process import CheckerProcess
from agent_core.mql.wire import CheckRequest
from agent_core.programs import PROGRAMS, command_for
from agent_core.settings import AgentSettings
from agent_core.simulator.metaeditor.command_line import split_switches
from agent_core.store import Store
from agent_core.terminal.discovery import find_installs
from agent_core.terminal.host_process import HostGone, HostProcess
from agent_core.terminal.places import registered_installs
from app.alerts.sound import play


def test_the_system_keeps_the_secrets(tmp_path: Path) -> None:
    folder = tmp_path / "Händler Ordner"
    credentials = Credentials(folder)
    assert credentials.uses_keyring
    credentials.set("session", "a-very-secret-tökén")
    credentials.set("agent_key", "another")
    assert Credentials(folder).get("session") == "a-very-secret-tökén"
    assert Credentials(folder).get("agent_key") == "another"
    assert Credentials(tmp_path / "elsewhere").get("session") is None
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    credentials.delete("session")
    credentials.delete("session")
    assert credentials.get("session") is None
    assert credentials.get("agent_key") == "another"


def test_a_secret_too_long_for_the_system_lies_in_the_encrypted_file(tmp_path: Path) -> None:
    secret = "long-secret " * 1000
    credentials = Credentials(tmp_path)
    credentials.set("session", "short")
    credentials.set("session", secret)
    assert Credentials(tmp_path).get("session") == secret
    assert all(b"long-secret" not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    credentials.delete("session")
    assert Credentials(tmp_path).get("session") is None


def test_every_module_can_be_imported() -> None:
    names = [
        found.name
        for package in ("agent_core", "app", "cloud")
        for found in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}.")
        if not found.name.endswith("__main__")
    ]
    failed = []
    for name in names:
        try:
            importlib.import_module(name)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
            failed.append(f"{name}: {error}")
    assert failed == []
    assert len(names) > 200


@pytest.mark.parametrize("program", ["agent", "cloud", "simulator", "window"])
def test_our_programs_start_as_children(program: str, run: Callable[..., Any]) -> None:
    done = run(program, "--help")
    assert done.code == 0, done.text
    assert "usage:" in done.text


def test_every_program_has_a_command() -> None:
    assert [command_for(program)[0] for program in PROGRAMS] == [sys.executable] * len(PROGRAMS)


def test_data_lies_in_the_users_own_folders() -> None:
    settings = AgentSettings()
    assert settings.data_folder == Path(os.environ["LOCALAPPDATA"]) / "ForexElite Pro"
    assert settings.roaming_folder == Path(os.environ["APPDATA"])


def test_terminals_are_found_where_programs_are_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import winreg

    installs = [tmp_path / "registered elsewhere" / "Broker MT5 Ü", tmp_path / "Local" / "Programs" / "Other MT5"]
    for folder in installs:
        (folder / "MQL5").mkdir(parents=True)
        (folder / "terminal64.exe").write_bytes(b"MZ")
    key = r"Software\Microsoft\Windows\CurrentVersion\Uninstall\ForexElite test"
    with winreg.CreateKey(winreg.HKEY_CURRENT_USER, key) as entry:
        winreg.SetValueEx(entry, "InstallLocation", 0, winreg.REG_SZ, f'"{installs[0]}"')
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "Local"))
    try:
        assert installs[0] in registered_installs()
        found = find_installs(tmp_path / "AppData", whole_computer=True)
    finally:
        winreg.DeleteKey(winreg.HKEY_CURRENT_USER, key)
    assert [install.data_folder for install in found if tmp_path in install.data_folder.parents] == installs


def test_a_file_is_replaced_while_another_program_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "bridge befehl.json"
    replace_file(path, b"old")
    reader = "import sys; stream = open(sys.argv[1], 'rb'); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", reader, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == b"open"
        asyncio.run(_close_soon(other, path))
    assert path.read_bytes() == b"new"


async def _close_soon(reader: "subprocess.Popen[bytes]", path: Path) -> None:
    replacing = asyncio.create_task(asyncio.to_thread(replace_file, path, b"new"))
    await asyncio.sleep(0.05)
    assert reader.stdin is not None
    reader.stdin.close()
    await replacing


def test_one_program_at_a_time_holds_a_lock(tmp_path: Path) -> None:
    path = tmp_path / "sperre ü.lock"
    held = try_lock(path)
    assert held is not None
    code = (
        "import sys; from pathlib import Path; from agent_core.exclusive import try_lock; "
        "sys.exit(0 if try_lock(Path(sys.argv[1])) is None else 3)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(path)], check=False, timeout=30).returncode == 0
    held.close()
    assert subprocess.run([sys.executable, "-c", code, str(path)], check=False, timeout=30).returncode == 3


def test_the_store_survives_the_death_of_its_program(tmp_path: Path) -> None:
    path = tmp_path / "Händler" / "agent.db"
    code = (
        "import os, sys; from pathlib import Path; from agent_core.store import Store; "
        "store = Store(Path(sys.argv[1])); store.apply_schema('CREATE TABLE t (x)'); "
        "store.execute('INSERT INTO t VALUES (7)'); os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(path)], check=False, timeout=30).returncode == 9
    store = Store(path)
    with store.transaction() as connection:
        assert connection.execute("SELECT x FROM t").fetchone()[0] == 7
    store.close()


def test_switches_reach_a_program_with_their_quotes_and_its_window_stays_small(tmp_path: Path) -> None:
    folder = tmp_path / "Jörg Müller & Co"
    folder.mkdir()
    seen = folder / "seen.txt"
    program = folder / "echo args.py"
    program.write_text(
        "import ctypes, pathlib\n"
        "line = ctypes.windll.kernel32.GetCommandLineW\n"
        "line.restype = ctypes.c_wchar_p\n"
        "started = ctypes.create_string_buffer(104)\n"  # STARTUPINFOW
        "ctypes.windll.kernel32.GetStartupInfoW(started)\n"
        "show = int.from_bytes(started.raw[64:66], 'little')\n"
        "pathlib.Path(__file__).with_name('seen.txt').write_text(f'{show} {line()}', encoding='utf-8')\n",
        encoding="utf-8",
    )
    source = folder / "my ea.mq5"
    process = start_program(program, [switch("compile", source), "/portable"], [sys.executable], minimized=True)
    assert process.wait(30) == 0
    show, _, line = seen.read_text(encoding="utf-8").partition(" ")
    assert split_switches(line)[-2:] == [f'/compile:"{source}"', "/portable"]
    assert show == "7"


async def test_mql5_is_checked_in_a_process_of_its_own() -> None:
    good = await check("input int Size = 3; // Größe\nvoid OnTick() { Print(Size); }\n", timeout=60)
    assert [found.message for found in good.diagnostics if found.severity == "error"] == []
    assert good.mode == "full"
    bad = await check("void OnTick() { int a = nowhere; }", timeout=60)
    assert any("nowhere" in found.message for found in bad.diagnostics)


def test_the_checkers_process_is_replaced_after_its_death() -> None:
    checker = CheckerProcess()
    request = CheckRequest(source="void OnTick() { }", include_folders=())
    assert checker.check(request, 30).mode == "full"
    process = checker._process
    assert process is not None
    process.kill()
    process.wait()
    assert checker.check(request, 30).mode == "full"
    checker.close()


async def test_the_terminal_hosts_pipes_work_beside_the_proactor_loop() -> None:
    assert isinstance(asyncio.get_running_loop(), asyncio.ProactorEventLoop)
    host = HostProcess([*command_for("terminal-host"), "--module", "MetaTrader5"])
    await host.start()
    assert host.alive
    answers = await host.exchange([{"call": "version"}] * 3, 10)
    assert {answer.raised for answer in answers} == {None}
    pid = host.pid
    waiting = asyncio.create_task(host.exchange([{"call": "symbols_get"}], 10))
    host.kill()
    with pytest.raises(HostGone):
        await waiting
    assert not host.alive
    await host.start()
    assert host.pid != pid
    await host.close()


@pytest.mark.timeout(180)
def test_the_window_opens_on_the_windows_platform(tmp_path: Path, run: Callable[..., Any]) -> None:
    picture = tmp_path / "Fenster Ü.png"
    data = tmp_path / "Händler Daten"
    done = run("window", "--data", str(data), "--smoke", str(picture), "-platform", "windows", seconds=150)
    assert done.code == 0, done.text
    assert picture.stat().st_size > 10_000
    log = (data / "logs" / "window.log").read_text(encoding="utf-8")
    assert "ERROR" not in log, log


@pytest.mark.parametrize("level", ["info", "error"])
def test_an_alert_is_heard_or_silent_and_never_fails(level: str) -> None:
    play(level)

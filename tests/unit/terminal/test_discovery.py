import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agent_core.terminal.discovery import data_folder_name, find_installs, is_running, read_origin, same_path
from agent_core.terminal.install_facts import account_of, build_of


def install(folder: Path) -> Path:
    folder.mkdir(parents=True)
    executable = folder / "terminal64.exe"
    executable.write_bytes(b"MZ")
    return executable


def data_folder(roaming: Path, name: str, origin: bytes | None) -> Path:
    folder = roaming / "MetaQuotes" / "Terminal" / name
    (folder / "MQL5").mkdir(parents=True)
    if origin is not None:
        (folder / "origin.txt").write_bytes(origin)
    return folder


def utf16(text: str) -> bytes:
    return b"\xff\xfe" + text.encode("utf-16-le")


def test_terminals_are_found_by_their_data_folders(tmp_path: Path) -> None:
    roaming = tmp_path / "Jürgen Müller" / "Roaming"
    executable = install(tmp_path / "Program Files" / "Broker Größe MT5")
    folder = data_folder(roaming, "A" * 32, utf16(str(executable.parent)))
    data_folder(roaming, "B" * 32, utf16(str(tmp_path / "uninstalled")))
    data_folder(roaming, "C" * 32, None)
    (roaming / "MetaQuotes" / "Terminal" / "Common").mkdir()
    (found,) = find_installs(roaming)
    assert (found.executable, found.data_folder, found.portable, found.running) == (executable, folder, False, False)
    assert found.name == "Broker Größe MT5"
    assert found.metaeditor == executable.with_name("metaeditor64.exe")


def test_portable_terminals_are_found_in_search_folders(tmp_path: Path) -> None:
    for name in ("one", "two"):
        executable = install(tmp_path / "MT5" / name)
        (executable.parent / "MQL5").mkdir()
    found = find_installs(tmp_path / "nothing", [tmp_path / "MT5", tmp_path / "MT5" / "one", tmp_path / "missing"])
    assert [(install.name, install.portable) for install in found] == [("one", True), ("two", True)]
    assert found[0].data_folder == found[0].executable.parent


def test_a_terminal_that_never_ran_will_have_its_data_where_metatrader_puts_them(tmp_path: Path) -> None:
    executable = install(tmp_path / "Program Files" / "MetaTrader 5")
    (found,) = find_installs(tmp_path / "Roaming", [tmp_path / "Program Files"])
    assert (found.executable, found.portable, found.build, found.login) == (executable, False, None, None)
    assert found.data_folder.parent == tmp_path / "Roaming" / "MetaQuotes" / "Terminal"
    assert data_folder_name("C:\\Program Files\\MetaTrader 5") == "D0E8209F77C8CF37AD8BF550E51FF075"


def test_build_and_account_are_read_from_the_data_folder(tmp_path: Path) -> None:
    executable = install(tmp_path / "MT5" / "Größe")
    folder = executable.parent
    (folder / "MQL5").mkdir()
    assert (build_of(folder), account_of(folder)) == (None, None)
    (folder / "logs").mkdir()
    (folder / "config").mkdir()
    line = "KP\t0\t09:00:01.120\tTerminal\tMetaTrader 5 x64 build {} started for Broker Ltd.\r\n"
    (folder / "logs" / "20260301.log").write_bytes(utf16(line.format(5660)))
    (folder / "logs" / "20260302.log").write_bytes(
        utf16(line.format(5830) + "QQ\t0\t10:00:00.000\tNetwork\tbuild 1\r\n")
    )
    (folder / "logs" / "metaeditor.log").write_bytes(utf16(line.format(9999)))
    ini = "[Charts]\r\nLogin=1\r\n[Common]\r\nLogin=51000007\r\nServer=Bröker-Demo\r\n"
    (folder / "config" / "common.ini").write_bytes(utf16(ini))
    (found,) = find_installs(tmp_path, [tmp_path / "MT5"])
    assert (found.build, found.login, found.server) == (5830, 51000007, "Bröker-Demo")
    assert found.facts == "Logs in to 51000007 at Bröker-Demo, build 5830"
    (folder / "config" / "common.ini").write_bytes(b"\xff\xfe\x00")
    assert account_of(folder) is None


@pytest.mark.skipif(sys.platform == "win32", reason="there is no Wine there")
def test_terminals_in_wine_prefixes_are_found_and_spelled_as_they_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = tmp_path / "präfix"
    drive = prefix / "drive_c"
    executable = install(drive / "Program Files" / "MetaTrader 5")
    roaming = drive / "users" / "trader" / "AppData" / "Roaming"
    folder = data_folder(roaming, "A" * 32, utf16("c:\\program files\\metatrader 5"))
    portable = install(drive / "MT5 portable")
    (portable.parent / "MQL5").mkdir()
    (prefix / "dosdevices").mkdir()
    (prefix / "dosdevices" / "c:").symlink_to("../drive_c")
    (prefix / "dosdevices" / "z:").symlink_to("/")
    monkeypatch.setenv("WINEPREFIX", str(prefix))
    found = [install for install in find_installs(tmp_path, whole_computer=True) if install.wine_prefix == prefix]
    assert [(install.executable, install.data_folder, install.portable) for install in found] == [
        (executable, folder, False), (portable, portable.parent, True),
    ]  # fmt: skip
    assert found == find_installs(tmp_path / "none", [prefix])
    terminal = found[0]
    assert terminal.launcher == ("env", f"WINEPREFIX={prefix}", "wine")
    assert terminal.spelled(executable) == "c:\\Program Files\\MetaTrader 5\\terminal64.exe"
    assert terminal.spelled(tmp_path / "x y") == "z:" + str(tmp_path / "x y").replace("/", "\\")
    for path in (folder, tmp_path):
        assert terminal.located(terminal.spelled(path)) == path
    assert terminal.located("C:\\PROGRAM FILES\\metatrader 5\\Terminal64.exe") == executable


@pytest.mark.skipif(sys.platform == "win32", reason="a script can't be an .exe there")
def test_a_terminal_with_both_kinds_of_data_uses_those_it_was_started_for(tmp_path: Path) -> None:
    executable = install(tmp_path / "MT5")
    (executable.parent / "MQL5").mkdir()
    folder = data_folder(tmp_path / "Roaming", "A" * 32, utf16(str(executable.parent)))
    assert len(find_installs(tmp_path / "Roaming", [tmp_path])) == 2
    for switch, expected in (([], folder), (["/portable"], executable.parent)):
        command = [sys.executable, "-c", "import sys; sys.stdin.read()", str(executable), *switch]
        process = subprocess.Popen(command, stdin=subprocess.PIPE)
        try:
            deadline = time.monotonic() + 10
            while not is_running(executable):
                assert time.monotonic() < deadline
            (found,) = find_installs(tmp_path / "Roaming", [tmp_path])
            assert (found.data_folder, found.running, found.portable) == (expected, True, bool(switch))
        finally:
            process.communicate()


@pytest.mark.skipif(sys.platform == "win32", reason="a script can't be an .exe there")
def test_a_running_terminal_is_found_wherever_it_lies(tmp_path: Path) -> None:
    executable = install(tmp_path / "a b" / "anywhere")
    (executable.parent / "MQL5").mkdir()
    assert not is_running(executable)
    command = [sys.executable, "-c", "import sys; sys.stdin.read()", str(executable)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE)
    try:
        deadline = time.monotonic() + 10
        while not is_running(executable):
            assert time.monotonic() < deadline
        everywhere = find_installs(tmp_path, whole_computer=True)
        (found,) = [install for install in everywhere if same_path(install.executable, executable)]
        assert found.running
    finally:
        process.communicate()


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (utf16("C:\\Program Files\\MetaTrader 5\r\n"), "C:\\Program Files\\MetaTrader 5"),
        ("C:\\Größe".encode("utf-8-sig"), "C:\\Größe"),
        (b"", None),
        (b"\xff\xfe\x00", None),
    ],
)
def test_origin(tmp_path: Path, data: bytes, text: str | None) -> None:
    path = tmp_path / "origin.txt"
    path.write_bytes(data)
    assert read_origin(path) == text
    assert read_origin(tmp_path / "none.txt") is None


def test_paths_are_compared_as_the_system_does(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    assert same_path(tmp_path / "x" / ".." / "x", tmp_path / "x")
    assert same_path(tmp_path / "X", tmp_path / "x") is (os.name == "nt")

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agent_core.terminal.discovery import find_installs, is_running, read_origin, same_path


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
    install(tmp_path / "MT5" / "regular, its data lie elsewhere")
    found = find_installs(tmp_path / "nothing", [tmp_path / "MT5", tmp_path / "MT5" / "one", tmp_path / "missing"])
    assert [(install.name, install.portable) for install in found] == [("one", True), ("two", True)]
    assert found[0].data_folder == found[0].executable.parent


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
        (found,) = [install for install in find_installs(tmp_path) if same_path(install.executable, executable)]
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

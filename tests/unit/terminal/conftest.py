import sys
from collections.abc import Callable
from pathlib import Path

import pytest

#: Stands for MetaTrader's module: says what it was called with, hangs, dies, prints and raises on demand.
_MODULE = """
import os, time
from collections import namedtuple
print("a module that prints on import")
Info = namedtuple("Info", "name data")
Account = namedtuple("Account", "login server name")
Terminal = namedtuple("Terminal", "data_path")
log = os.environ["CALL_LOG"]
initialized = False

def note(text):
    with open(log, "a", encoding="utf-8") as file:
        file.write(text + "\\n")

def initialize(path=None, *, timeout=None, portable=None):
    global initialized
    note(f"initialize {path}")
    initialized = os.path.exists(path)
    return initialized

def shutdown():
    note("shutdown")
    return True

def last_error():
    if not initialized and os.path.exists(log) and "initialize Händler" in open(log, encoding="utf-8").read():
        return b"Process create failed 'H\\xe4ndler'".decode()
    return (1, "Success") if initialized else (-10004, "No IPC connection")

def account_info():
    print("chatter")
    if not initialized:
        return None
    login, server = os.environ.get("ACCOUNT", "7 Demo").split()
    return Account(int(login), server, "Händler")

def terminal_info():
    return Terminal(os.environ.get("DATA_PATH", "")) if initialized else None

def symbol_info(name):
    if name == "die":
        os._exit(9)
    if name == "slow":
        time.sleep(0.3)
    if name == "hang":
        time.sleep(60)
    if name == "raise":
        raise SystemError("returned a result with an exception set")
    note(name)
    return Info(name, 1)

def order_send(request):
    note(f"order {request['comment']} {type(request['volume']).__name__}")
    time.sleep({"hang": 60, "slow": 0.3}.get(request["comment"], 0))
    return Info("sent", request["magic"])
"""


@pytest.fixture
def call_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    path = tmp_path / "calls.log"
    path.touch()
    monkeypatch.setenv("CALL_LOG", str(path))
    return lambda: path.read_text(encoding="utf-8").splitlines()


@pytest.fixture
def host_command(tmp_path: Path, call_log: object) -> list[str]:
    folder = tmp_path / "Module mit Leerzeichen"
    folder.mkdir()
    (folder / "fake_mt5.py").write_text(_MODULE, encoding="utf-8")
    start = (
        f"import sys; sys.path.insert(0, {str(folder)!r}); from agent_core.terminal.host import main; sys.exit(main())"
    )
    return [sys.executable, "-c", start, "--module", "fake_mt5"]

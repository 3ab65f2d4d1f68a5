"""The simulated module against the real MetaTrader5 wheel, as the package registry has it: names, values, words."""

import ast
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from agent_core.simulator import mt5

pytestmark = pytest.mark.slow

RECORDS = (
    "Tick", "TradeRequest", "OrderSendResult", "OrderCheckResult", "TradePosition", "TradeOrder", "TradeDeal",
    "BookInfo", "AccountInfo", "TerminalInfo", "SymbolInfo",
)  # fmt: skip
#: Words of `last_error()` that the agent's own sentences rest on.
WORDS = (
    "Success", "Invalid arguments", "Unnamed arguments not allowed", "Invalid number of arguments", "No IPC connection",
    "IPC timeout", "Terminal: Authorization failed", "Terminal: Call failed", "Terminal: Not found",
    "Terminal: Invalid params",
)  # fmt: skip


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel of the version that the simulated module says it is; nothing of it is installed or run."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable, "-m", "pip", "download", f"MetaTrader5=={mt5.__version__}", "--no-deps", "--quiet",
        "--disable-pip-version-check", "--only-binary=:all:", "--platform", "win_amd64", "--python-version", "3.12",
        "--implementation", "cp", "--dest", str(folder), "--retries", "1", "--timeout", "10",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, timeout=90)
    found = next(folder.glob("*.whl"), None)
    if done.returncode or found is None:
        reason = (done.stderr.strip().splitlines() or ["no wheel came"])[-1]
        pytest.skip(f"The package registry gave no MetaTrader5 wheel: {reason}")
    return zipfile.ZipFile(found)


@pytest.fixture(scope="module")
def source(wheel: zipfile.ZipFile) -> ast.Module:
    return ast.parse(wheel.read("MetaTrader5/__init__.py"))


@pytest.fixture(scope="module")
def binary(wheel: zipfile.ZipFile) -> bytes:
    (name,) = [name for name in wheel.namelist() if name.endswith(".pyd")]
    return wheel.read(name)


def _constants(source: ast.Module) -> dict[str, object]:
    found: dict[str, object] = {}
    for node in source.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            # Some are written as sums of others: 1 | 0x4000.
            code = compile(ast.Expression(node.value), "wheel", "eval")
            found[node.targets[0].id] = eval(code, {"__builtins__": {}}, found)
    return found


def test_every_constant_has_the_wheels_value(source: ast.Module) -> None:
    constants = {name: value for name, value in _constants(source).items() if name.isupper()}
    assert len(constants) > 200
    ours = {name: getattr(mt5, name, "missing") for name in constants}
    assert ours == constants


def test_no_constant_is_made_up(source: ast.Module) -> None:
    constants = _constants(source)
    ours = {name for name in vars(mt5) if name.isupper() and not name.startswith("_")}
    assert ours - set(constants) <= {"RATE_DTYPE", "TICK_DTYPE", "MAX_GROUP", "MAX_TEXT"}


def test_the_wheels_own_helpers_have_its_signatures(source: ast.Module) -> None:
    helpers = {node.name: node.args for node in source.body if isinstance(node, ast.FunctionDef)}
    assert {"Buy", "Sell", "Close", "_RawOrder"} <= set(helpers)
    ours = ast.parse(Path(mt5.__file__).read_text(encoding="utf-8"))
    for node in ours.body:
        if isinstance(node, ast.FunctionDef) and node.name in helpers:
            theirs = helpers[node.name]
            assert [a.arg for a in node.args.args] == [a.arg for a in theirs.args], node.name
            assert [a.arg for a in node.args.kwonlyargs] == [a.arg for a in theirs.kwonlyargs], node.name
            assert [ast.unparse(d) for d in node.args.defaults] == [ast.unparse(d) for d in theirs.defaults], node.name


def test_every_record_and_field_is_in_the_binary(binary: bytes) -> None:
    missing = [
        f"{name}.{field}" for name in RECORDS for field in getattr(mt5, name).__match_args__
        if b"\0" + field.encode() + b"\0" not in binary
    ]  # fmt: skip
    assert missing == []
    assert [name for name in RECORDS if name.encode() + b"\0" not in binary] == []


def test_every_function_is_in_the_binary(binary: bytes) -> None:
    functions = [name for name, value in vars(mt5).items() if callable(value) and name.islower() and name[0] != "_"]
    assert len(functions) >= 32
    ours_alone = {"api", "in_group", "login_options", "named", "named_ticket", "positional", "text", "trade_request"}
    missing = [name for name in functions if name not in ours_alone and b"\0" + name.encode() + b"\0" not in binary]
    assert missing == []


@pytest.mark.parametrize("words", WORDS)
def test_the_words_of_failures_are_the_wheels(binary: bytes, words: str) -> None:
    assert words.encode() in binary or words.encode("utf-16-le") in binary

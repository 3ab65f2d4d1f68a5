"""The verbs of `forexelite-agent` that work on the store alone, its log files, and how it is started at sign-in."""

import asyncio
import io
import json
import logging
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from agent_core import autostart, ending, headless
from agent_core.agent import LOCK_FILE
from agent_core.ending import Ending, end_agent
from agent_core.exclusive import ExclusiveLock
from agent_core.link_notes import LinkNotes
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.store import Store
from agent_core.terminal.memory import TerminalMemory
from agent_core.trading.guard import LimitStore
from agent_core.trading.models import BreachAction, RiskLimits
from agent_core.trading.risk_state import RiskStateStore


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "Händler Größe"
    monkeypatch.setenv("FOREXELITE_DATA_FOLDER", str(folder))
    return folder


def test_limits_are_set_from_the_command_line_beside_a_running_agent(folder: Path, capsys: Any) -> None:
    store = Store(folder / "agent.db")
    running = LimitStore(store)
    assert running.load() == RiskLimits()
    assert headless.main(["limits", "max_lots=0.5", "allowed_symbols=eur/usd, GBPUSD", "on_breach=flatten"]) == 0
    assert running.load() == RiskLimits(
        max_lots=Decimal("0.5"), allowed_symbols=("EURUSD", "GBPUSD"), on_breach=BreachAction.FLATTEN
    )
    assert headless.main(["limits", "max_lots=", "allowed_symbols=", "trade_from=08:30"]) == 0
    assert '"trade_from": "08:30:00"' in capsys.readouterr().out
    assert running.load().model_dump(exclude_defaults=True).keys() == {"trade_from", "on_breach"}
    told = (("max_lots=-1", "max_lots: "), ("lots=1", "Names are: max_lots"), ("daily_loss", "NAME=VALUE"))
    for wrong, words in told:
        assert headless.main(["limits", wrong]) == 1
        assert words in capsys.readouterr().err
    RiskStateStore(store).change("7@Demo", lambda state: state.model_copy(update={"rule": "daily_loss"}))
    assert headless.main(["limits", "daily_loss=9999"]) == 1
    assert "Trading is locked" in capsys.readouterr().err
    store.close()


def test_the_status_says_what_runs_and_what_holds_it_back(folder: Path, capsys: Any) -> None:
    lock = ExclusiveLock(folder / LOCK_FILE, "")
    store = Store(folder / "agent.db")
    LimitStore(store).save(RiskLimits(daily_loss=Decimal(500)))
    lost = {"rule": "daily_loss", "message": "Today's loss has reached your limit."}
    RiskStateStore(store).change("7@Demo", lambda state: state.model_copy(update=lost))
    LinkNotes(store).note("Terminal", "connected", "Press the Algo Trading button.")
    store.close()
    assert headless.main(["status"]) == 0
    status = json.loads(capsys.readouterr().out)
    assert status["running"] is True
    assert status["links"]["Terminal"]["detail"] == "Press the Algo Trading button."
    assert (status["limits"], status["locked"]) == ({"daily_loss": "500"}, {"7@Demo": lost["message"]})
    lock.release()
    headless.main(["status"])
    status = json.loads(capsys.readouterr().out)
    assert (status["running"], status["links"]) == (False, {})


def test_log_files_take_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(headless, "_LOG_BYTES", 2_000)
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    headless.configure_logging(tmp_path / "logs")
    try:
        for number in range(400):
            logging.getLogger("test").info("Line %s of a long night", number)
    finally:
        for handler in set(root.handlers) - set(before):
            root.removeHandler(handler)
            handler.close()
        root.setLevel(level)
    files = sorted(path.name for path in (tmp_path / "logs").iterdir())
    assert files == ["agent.log", *(f"agent.log.{number}" for number in range(1, 6))]
    assert all(path.stat().st_size <= 2_000 for path in (tmp_path / "logs").iterdir())
    assert "Line 399" in (tmp_path / "logs" / "agent.log").read_text(encoding="utf-8")


def test_the_agent_starts_when_its_user_signs_in() -> None:
    command = ["/opt/Forex Elite/100%/agent", "run", "--arm", "7"]
    unit = autostart.unit_text(command, {"FOREXELITE_DATA_FOLDER": "/srv/a b/100%"})
    assert 'Environment="FOREXELITE_DATA_FOLDER=/srv/a b/100%%"\n' in unit
    assert "ExecStart='/opt/Forex Elite/100%%/agent' run --arm 7\n" in unit
    assert "KillSignal=SIGINT" in unit
    installed = ["C:\\Program Files\\Müller & Co\\ForexEliteAgent.exe", "agent", "run", "--arm", "7"]
    task = ET.fromstring(autostart.task_xml(installed, "PC\\Jörg").encode("utf-16"))
    told = {element.tag.partition("}")[2]: element.text for element in task.iter()}
    assert told["Command"] == "C:\\Program Files\\Müller & Co\\ForexElite.exe"  # opens no console
    assert told["Arguments"] == "agent run --arm 7"
    assert (told["UserId"], told["ExecutionTimeLimit"]) == ("PC\\Jörg", "PT0S")
    assert "pythonw.exe" in autostart.task_xml(["C:\\py\\python.exe", "-m", "x"], "u")


def test_a_system_that_refuses_is_told_in_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ForexEliteError, match="Start the agent by hand") as raised:
        autostart.switch_on([])
    assert raised.value.code is ErrorCode.INTERNAL_ERROR


async def test_an_agent_ends_when_it_is_told_to_from_elsewhere(folder: Path) -> None:
    lock = folder / LOCK_FILE
    assert not end_agent(folder, lock)
    held = ExclusiveLock(lock, "")
    with Ending(folder) as wish:
        telling = asyncio.create_task(asyncio.to_thread(end_agent, folder, lock))
        await asyncio.wait_for(wish.wait(), 10)
        held.release()
    assert await telling
    assert not (folder / "agent.stop").exists()


def test_the_window_is_not_ended_from_elsewhere(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(ending, "_SEEN_SECONDS", 0.2)
    lock = ExclusiveLock(folder / LOCK_FILE, "")
    assert headless.main(["stop"]) == 1
    assert "Close it there" in capsys.readouterr().err
    lock.release()
    assert headless.main(["stop"]) == 0
    assert "No agent runs." in capsys.readouterr().out


def test_the_terminal_of_the_agent_is_chosen_from_the_command_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    for name in ("One MT5", "Zwölf MT5"):
        (folder / name / "MQL5").mkdir(parents=True)
        (folder / name / "terminal64.exe").touch()
    monkeypatch.setenv("FOREXELITE_WHOLE_COMPUTER", "false")
    monkeypatch.setenv("FOREXELITE_ROAMING_FOLDER", str(folder))
    monkeypatch.setenv("FOREXELITE_SEARCH_FOLDERS", json.dumps([str(folder)]))
    assert headless.main(["terminals"]) == 0
    assert "  2  Zwölf MT5, not running" in capsys.readouterr().out
    assert headless.main(["terminals", "--use", "2"]) == 0
    assert "* 2  Zwölf MT5" in capsys.readouterr().out
    store = Store(folder / "agent.db")
    chosen = TerminalMemory(store).install
    assert chosen is not None
    assert chosen.executable == folder / "Zwölf MT5" / "terminal64.exe"
    store.close()
    assert headless.main(["terminals", "--use", "3"]) == 1
    assert "no terminal 3" in capsys.readouterr().err


def test_without_a_console_it_works_in_silence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert headless.main(["limits", "max_lots=0.5"]) == 0
    assert headless.main(["limits", "lots=1"]) == 1


def test_a_folder_in_another_script_is_told_to_a_redirected_output(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install = tmp_path / "Jörg Иван"
    (install / "MQL5").mkdir(parents=True)
    (install / "terminal64.exe").write_bytes(b"MZ")
    monkeypatch.setenv("FOREXELITE_SEARCH_FOLDERS", json.dumps([str(install)]))
    monkeypatch.setenv("FOREXELITE_ROAMING_FOLDER", str(tmp_path / "roaming"))
    monkeypatch.setenv("FOREXELITE_WHOLE_COMPUTER", "false")
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="cp1252"))
    assert headless.main(["terminals", "--use", "1"]) == 0
    assert "Jörg \\u0418\\u0432\\u0430\\u043d" in written.getvalue().decode("cp1252")

"""Paths with spaces, umlauts and brackets reach programs under Wine as on Windows: quoted after the colon."""

import asyncio
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from agent_core.ea.metaeditor import MetaEditor
from agent_core.ea.tester import BacktestSetting, StrategyTester
from agent_core.terminal.discovery import running_copies
from agent_core.terminal.models import Account

pytestmark = pytest.mark.timeout(180)
GOOD = "input int Size = 3; // Größe\nvoid OnTick() { Print(Size); }\n"


async def test_metaeditor_compiles_where_paths_have_spaces_and_umlauts(terminal: Any, tmp_path: Path) -> None:
    source = tmp_path / "ForexElite Pro" / "Größe ^1 & 100%.mq5"
    source.parent.mkdir()
    source.write_text(GOOD, encoding="utf-8")
    editor = MetaEditor(terminal.install)
    done = await editor.compile(source)
    assert (done.log.finished, done.log.errors) == (True, 0)
    assert done.ex5 == source.with_suffix(".ex5")
    spelled = terminal.install.spelled
    assert terminal.told(terminal.metaeditor) == (
        f'"{spelled(terminal.metaeditor)}" /compile:"{spelled(source)}" /include:"{spelled(terminal.layout.mql5)}" '
        f'/log:"{spelled(source.with_suffix(".log"))}"'
    )
    source.write_text("void OnTick() { nowhere = 1; }", encoding="utf-8")
    refused = await editor.compile(source)
    assert (refused.ex5, refused.log.errors) == (None, 1)
    assert refused.log.diagnostics[0].file is None


async def test_a_cancelled_compile_ends_metaeditor(terminal: Any, tmp_path: Path) -> None:
    source = tmp_path / "my ea.mq5"
    source.write_text(GOOD, encoding="utf-8")
    compiling = asyncio.create_task(MetaEditor(terminal.install).compile(source))
    while not running_copies(terminal.install, terminal.metaeditor):
        await asyncio.sleep(0.02)
        assert not compiling.done()
    compiling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await compiling
    while running_copies(terminal.install, terminal.metaeditor):
        await asyncio.sleep(0.02)


async def test_the_strategy_tester_runs_in_a_folder_with_spaces(
    terminal: Any, tmp_path: Path, account: Account
) -> None:
    source = tmp_path / "ea.mq5"
    source.write_text(GOOD, encoding="utf-8")
    program = (await MetaEditor(terminal.install).compile(source)).ex5
    assert program is not None
    setting = BacktestSetting(
        "Größe 1", "EURUSD", "H1", date(2026, 1, 5), date(2026, 1, 7), Decimal(10_000), "open_prices"
    )
    tester = StrategyTester(tmp_path / "ForexElite Pro" / "tester")
    report = await tester.run(terminal.install, account, program, setting, lambda *_: None)
    assert report.bars > 40

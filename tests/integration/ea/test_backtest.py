"""A version is tested in a terminal of the tester's own; the report comes back as data."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from importlib import resources
from typing import Any

import pytest

from agent_core.ea.backtests import backtest_setting
from agent_core.ea.models import EaVersion
from agent_core.ea.progress import silent
from agent_core.ea.tester import StrategyTester
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.jobs import BacktestOutcome, BacktestPayload

TODAY = datetime.now(UTC).date()
FORTNIGHT = {"from_date": TODAY - timedelta(days=60), "to_date": TODAY - timedelta(days=30)}


def version_of(world: Any, name: str) -> EaVersion:
    path = resources.files("resources").joinpath("mql5", "templates", f"{name}.mq5")
    saved: EaVersion = world.ea.save_version(
        world.ea.create_project(name).id, path.read_text(encoding="utf-8"), origin="manual"
    )
    return saved


async def backtest(world: Any, version: EaVersion, **changes: Any) -> BacktestOutcome:
    fields = {"version_id": version.id, "symbol": "EURUSD", "timeframe": "H1", **FORTNIGHT, **changes}
    outcome: BacktestOutcome = await world.ea.test(BacktestPayload.model_validate(fields))
    return outcome


async def test_a_test_gives_figures_and_a_curve_and_leaves_the_trader_s_terminal_alone(world: Any) -> None:
    await world.connect()
    before = world.truth()
    version = version_of(world, "moving_average_cross")
    outcome = await backtest(world, version, deposit=Decimal(5000), inputs={"InpRiskPercent": "0.5"})
    assert outcome.trades > 3
    assert outcome.bars > 400
    assert outcome.curve[0].balance == outcome.deposit == Decimal(5000)
    assert outcome.curve[-1].balance == outcome.deposit + outcome.net_profit
    assert len(outcome.curve) == 1 + 2 * outcome.trades
    assert outcome.gross_profit + outcome.gross_loss == pytest.approx(outcome.net_profit, abs=Decimal("0.05"))
    assert outcome.drawdown > 0
    assert 0 <= outcome.won <= outcome.trades
    again = await backtest(world, version, deposit=Decimal(5000), inputs={"InpRiskPercent": "0.5"})
    assert again.curve == outcome.curve
    riskier = await backtest(world, version, deposit=Decimal(5000), inputs={"InpRiskPercent": "2"})
    assert riskier.drawdown > outcome.drawdown
    after = world.truth()
    assert (after["deals"], after["charts"], after["pid"]) == (before["deals"], before["charts"], before["pid"])


async def test_wrong_days_no_history_and_a_lost_program_are_said(world: Any) -> None:
    await world.connect()
    version = version_of(world, "donchian_trend")
    with pytest.raises(ForexEliteError, match="first day") as refused:
        await backtest(world, version, from_date=FORTNIGHT["to_date"])
    assert refused.value.code is ErrorCode.VALIDATION_ERROR
    with pytest.raises(ForexEliteError, match="gave no report"):
        await backtest(world, version, from_date=date(1980, 1, 1), to_date=date(1980, 2, 1))
    damaged = world.root / "damaged.ex5"
    damaged.write_bytes(b"no program")
    payload = BacktestPayload(version_id=version.id, symbol="EURUSD", **FORTNIGHT)
    tester = StrategyTester(world.root / "tests", world.settings.launcher)
    with pytest.raises(ForexEliteError, match="EX5 not found"):
        await tester.run(
            await world.install(), world.terminal.account, damaged, backtest_setting(payload, "X", "EURUSD"), silent
        )


async def test_the_tester_s_terminal_is_not_offered_for_trading(world: Any) -> None:
    await world.connect()
    install = await world.install()
    copy = world.settings.data_folder / "tester" / "X"
    (copy / "MQL5").mkdir(parents=True)
    (copy / install.executable.name).write_bytes(b"MZ")
    world.settings.search_folders.append(copy.parent)
    assert [found.executable for found in await world.terminal.discover()] == [install.executable]

"""Strategy tests between the wire and the tester: what is asked for, and what came out."""

from agent_core.ea.chart_files import ChartExpert, template_bytes
from agent_core.ea.tester import BacktestSetting
from agent_core.ea.tester_report import BacktestReport
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.jobs import BacktestOutcome, BacktestPayload, BalancePoint

#: As many as a chart can show; the results of years would be larger than what the cloud takes.
MAX_CURVE_POINTS = 1000


def backtest_setting(payload: BacktestPayload, expert: str, symbol: str) -> BacktestSetting:
    """Returns what the tester is told.

    Raises:
        ForexEliteError: the days or an input are wrong.
    """
    if payload.from_date >= payload.to_date:
        raise ForexEliteError(
            ErrorCode.VALIDATION_ERROR,
            "The test's first day must be before its last. Correct the days.",
            field="to_date",
        )
    template_bytes(ChartExpert(expert, allow_trading=False, inputs=payload.inputs))  # refuses what can't be written
    return BacktestSetting(
        expert=expert,
        symbol=symbol,
        timeframe=payload.timeframe,
        from_date=payload.from_date,
        to_date=payload.to_date,
        deposit=payload.deposit,
        model=payload.model,
        inputs=payload.inputs,
    )


def backtest_outcome(
    payload: BacktestPayload, setting: BacktestSetting, currency: str, report: BacktestReport
) -> BacktestOutcome:
    """Returns a report as the job's result."""
    return BacktestOutcome(
        version_id=payload.version_id,
        symbol=setting.symbol,
        timeframe=payload.timeframe,
        from_date=setting.from_date,
        to_date=setting.to_date,
        currency=currency,
        deposit=setting.deposit,
        net_profit=report.net_profit,
        gross_profit=report.gross_profit,
        gross_loss=report.gross_loss,
        profit_factor=report.profit_factor,
        expected_payoff=report.expected_payoff,
        drawdown=report.drawdown,
        drawdown_percent=report.drawdown_percent,
        trades=report.trades,
        won=report.won,
        bars=report.bars,
        ticks=report.ticks,
        curve=_curve([BalancePoint(server_time=deal.time, balance=deal.balance) for deal in report.deals]),
    )


def _curve(points: list[BalancePoint]) -> list[BalancePoint]:
    step = -(-len(points) // MAX_CURVE_POINTS)
    # Counted from the end, so that the last balance is always there; the deposit is put before.
    return points if step <= 1 else [points[0], *points[1:][::-step][::-1]]

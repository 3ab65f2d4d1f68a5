"""How a deployment reads in the table."""

from agent_core.ea.models import EaDeployment
from app import formatting
from app.language import tr
from app.widgets.table import Column

#: An EA writes a heartbeat every few seconds; older ones are worth a look, then an alarm.
LATE_SECONDS = 15
LOST_SECONDS = 60

STATUS_TONES: dict[str, str] = {
    "running": "good", "starting": "warning", "stopping": "warning", "error": "bad", "offline": "bad",
    "stopped": "neutral", "deployed": "neutral",
}  # fmt: skip


def heartbeat_text(row: EaDeployment) -> str:
    """Returns the age of the last heartbeat."""
    age = formatting.seconds_since(row.last_beat)
    return formatting.NONE if age is None else f"♥ {formatting.age(age)}"


def heartbeat_color(row: EaDeployment) -> str:
    """Returns the token of a heartbeat: late ones stand out while the EA should run."""
    age = formatting.seconds_since(row.last_beat)
    if age is None or row.status != "running":
        return "mute"
    return "good" if age < LATE_SECONDS else "warning" if age < LOST_SECONDS else "bad"


def trading_text(row: EaDeployment) -> str:
    """Returns whether the EA may trade: what the trader allowed, and what the terminal lets it do."""
    if not row.allow_trading:
        return "not allowed"
    if row.beat is not None and not row.beat.trade_allowed:
        return "blocked"
    return "allowed"


def trading_color(row: EaDeployment) -> str:
    """Returns the token of the trading permission."""
    return {"allowed": "good", "blocked": "bad"}.get(trading_text(row), "dim")


def _profit(row: EaDeployment) -> str:
    return formatting.number(row.beat.profit if row.beat else None, 2, signed=True)


def _profit_color(row: EaDeployment) -> str | None:
    tone = formatting.tone(row.beat.profit if row.beat else None)
    return None if tone == "flat" else tone


def _error_color(row: EaDeployment) -> str:
    return "bad" if row.status in ("error", "offline") else "dim"


COLUMNS: tuple[Column[EaDeployment], ...] = (
    Column("EA", lambda row: row.project_name, 230, strong=True),
    Column("Version", lambda row: f"v{row.version_number}", 68),
    Column("Symbol", lambda row: row.symbol, 84),
    Column("Timeframe", lambda row: row.timeframe, 84),
    Column("Status", lambda row: tr(row.status), 92, pill=lambda row: STATUS_TONES.get(row.status, "neutral")),
    Column("Heartbeat", heartbeat_text, 88, color=heartbeat_color),
    Column("Trading", lambda row: tr(trading_text(row)), 92, color=trading_color),
    Column("P/L", _profit, 84, right=True, color=_profit_color, strong=True),
    Column("Last error", lambda row: tr(row.last_error or ""), 0, color=_error_color),
)

"""The file protocol between the agent and the bridge EA (`resources/mql5/Experts/FEPBridge.mq5`).

All files lie in `<data folder>/MQL5/Files/FEP`, UTF-8 without BOM:

    cmd/<id>.json        one command, written as <id>.tmp and renamed; flat JSON object, all values are strings
    ack/<id>.json        its answer, written the same way; a command whose ack exists is never run again
    tpl/<instance>.tpl   chart templates, UTF-16LE with BOM
    evt/hb_<instance>.json   heartbeat of a running EA, from the include file ForexElite/Heartbeat.mqh
    status.json          the bridge's own state, rewritten each second
    bridge.lock          held open by the one running bridge
"""

from pydantic import BaseModel, ConfigDict, Field

PROTOCOL_VERSION = 1
BRIDGE_FOLDER = "FEP"
STATUS_STALE_SECONDS = 5.0


class _BridgeModel(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class BridgeCommand(_BridgeModel):
    """A command. `expires` is epoch seconds UTC; the bridge refuses a command read after it.

    `kind` and what it needs:
        ping            -
        list_charts     -
        start_ea        instance, symbol, timeframe ("H1"), expert (chart's expert name expected), template
                        (file name in tpl/)
        stop_ea         instance, or chart_id
    """

    v: str = str(PROTOCOL_VERSION)
    id: str
    kind: str
    expires: str
    instance: str = ""
    symbol: str = ""
    timeframe: str = ""
    expert: str = ""
    template: str = ""
    chart_id: str = ""


class BridgeChart(_BridgeModel):
    """A chart of the terminal. `instance` is set on charts the bridge opened (hidden object `FEP:<instance>`)."""

    id: str
    symbol: str
    timeframe: str
    expert: str = ""
    instance: str = ""


class BridgeAck(_BridgeModel):
    """Answer to a command. `error` is one English sentence when `ok` is false."""

    v: int
    id: str
    ok: bool
    error: str = ""
    chart_id: str = ""
    charts: list[BridgeChart] = Field(default_factory=list)


class BridgeStatus(_BridgeModel):
    """`status.json`. Times are epoch seconds; `ts_utc` is the PC's, `server_time` the trade server's clock."""

    v: int
    ts_utc: int
    server_time: int
    build: int
    account: int
    terminal_trade_allowed: bool
    mql_trade_allowed: bool
    account_trade_allowed: bool
    account_trade_expert: bool
    connected: bool
    charts: list[BridgeChart] = Field(default_factory=list)


class EaHeartbeat(_BridgeModel):
    """`evt/hb_<instance>.json`, written every 1 to 5 s by a running EA."""

    v: int
    instance: str
    ts_utc: int
    expert: str
    symbol: str
    timeframe: str
    magic: int = 0
    trade_allowed: bool
    positions: int = 0
    profit: float = 0.0
    state: str = "running"
    """"running", or "stopped" as the last word of OnDeinit."""

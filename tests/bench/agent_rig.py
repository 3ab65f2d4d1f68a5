"""An agent on a simulated terminal of its own, for the benches."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

from agent_core.events import EventBus
from agent_core.settings import AgentSettings
from agent_core.simulator.install import install
from agent_core.simulator.ipc import call_terminal
from agent_core.simulator.options import SimulatorOptions
from agent_core.store import Store
from agent_core.sync.event_log import EventLog
from agent_core.terminal.feed import MarketFeed
from agent_core.terminal.models import OrderKind, Side, TerminalInstall
from agent_core.terminal.service import TerminalService
from agent_core.trading.desk import TradingDesk
from agent_core.trading.models import OrderTicket, RiskLimits, SizeMode

MODULE = "agent_core.simulator.mt5"

#: Every limit that asks something of the terminal or of the store.
LIMITS = RiskLimits(
    max_lots=Decimal(1),
    max_open_lots=Decimal(1000),
    max_positions=100_000,
    daily_loss=Decimal(1_000_000),
    trailing_drawdown=Decimal(1_000_000),
    absolute_drawdown=Decimal(1_000_000),
    max_spread_points=1000,
)


@dataclass
class Rig:
    """The agent's trading half."""

    folder: Path
    install: TerminalInstall
    store: Store
    bus: EventBus
    terminal: TerminalService
    feed: MarketFeed
    desk: TradingDesk


@asynccontextmanager
async def rig() -> AsyncIterator[Rig]:
    """Installs a terminal, connects the agent to it, and ends both."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        layout = install(folder / "terminal", SimulatorOptions(idle_exit=30, balance=1_000_000))
        settings = AgentSettings(
            data_folder=folder / "data", roaming_folder=layout.common.parent.parent.parent, whole_computer=False,
            mt5_module=MODULE,
        )  # fmt: skip
        store, bus = Store(settings.data_folder / "agent.db"), EventBus()
        terminal = TerminalService(settings, store, bus)
        feed = MarketFeed(terminal, bus)
        desk = TradingDesk(terminal, feed, store, bus, EventLog(store))
        (found,) = await terminal.discover()
        await terminal.connect(found)
        desk.set_limits(LIMITS)
        try:
            yield Rig(settings.data_folder, found, store, bus, terminal, feed, desk)
        finally:
            await feed.stop()
            await desk.close()
            await terminal.disconnect()
            store.close()
            call_terminal(layout, "control", {"quit": True})


def ticket() -> OrderTicket:
    """A small market order."""
    return OrderTicket(uuid4(), "EURUSD", Side.BUY, OrderKind.MARKET, SizeMode.LOTS, Decimal("0.01"))

"""Why no order may go out right now, as the one sentence that stands under the ticket's buttons."""

from agent_core.agent import Agent
from agent_core.terminal.models import SymbolSpec, Tick, TradeMode


def closed_reason(agent: Agent, spec: SymbolSpec | None, tick: Tick | None) -> str:
    """Returns the first thing that stands in the way of any order on this symbol; empty when the way is free."""
    terminal = agent.terminal
    if not terminal.connected:
        return terminal.link.detail or "Connect MetaTrader 5 to trade."
    for permission in terminal.link.permissions:
        if not permission.allowed:
            return permission.fix
    if terminal.account_problem:
        return terminal.account_problem
    if terminal.account is not None and terminal.account.live and not agent.desk.armed:
        return "This is a live account: press 'Arm live' at the top before you trade real money."
    if spec is None:
        return "Choose a symbol in the watchlist."
    if spec.trade_mode in (TradeMode.DISABLED, TradeMode.CLOSE_ONLY):
        return f"The broker takes no new orders for {spec.name}: choose another symbol."
    if tick is None or tick.bid <= 0 or tick.ask <= 0:
        return f"Waiting for a price of {spec.name}."
    return ""

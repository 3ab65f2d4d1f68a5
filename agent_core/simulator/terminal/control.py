"""What stands outside MetaTrader's API: looking at the terminal's own truth, and changing its world."""

import os
from collections.abc import Callable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from agent_core.simulator import records
from agent_core.simulator.market.symbols import SYMBOLS
from agent_core.simulator.terminal import rows
from agent_core.simulator.terminal.answers import Answer, ApiError, value
from agent_core.simulator.terminal.desk import ChartDesk
from agent_core.simulator.terminal.faults import Fault, Faults
from agent_core.simulator.terminal.terminal import Terminal


class ControlCommand(BaseModel):
    """Changes of the simulated world; what is not given stays.

    Attributes:
        trade_modes: SYMBOL_TRADE_MODE_* per symbol.
        failing_inits: Names of EAs whose OnInit fails from now on.
        liquidity: Lots that a market order finds at once; 0 is any number.
        slippage: Points by which market orders are filled worse than quoted.
        clock_ahead: Seconds by which the server's clock is put forward.
        language: Language of the terminal's window and journal.
        live_update: Seconds that the updater works for when the terminal ends, or starts, the next time.
        deposit: Money put on the account, or taken off it.
        login: Number of the account that the terminal is logged in to from now on.
        live: Whether that account is a real-money one.
        fault: Fault to arm; `clear_faults` disarms all.
        quit: Closes the terminal as its user would.
    """

    model_config = ConfigDict(extra="forbid")

    auto_trading: bool | None = None
    api_disabled: bool | None = None
    connected: bool | None = None
    trade_allowed: bool | None = None
    trade_expert: bool | None = None
    authorized: bool | None = None
    market_open: bool | None = None
    trade_modes: dict[str, int] | None = None
    liquidity: float | None = None
    slippage: int | None = None
    clock_ahead: int | None = None
    language: Literal["English", "German"] | None = None
    live_update: float | None = None
    deposit: float | None = None
    login: int | None = None
    live: bool | None = None
    failing_inits: list[str] | None = None
    fault: Fault | None = None
    clear_faults: bool = False
    quit: bool = False


class Control:
    """The functions "state" and "control"."""

    def __init__(self, terminal: Terminal, faults: Faults, desk: ChartDesk, quit_: Callable[[], None]) -> None:
        self._terminal = terminal
        self._faults = faults
        self._desk = desk
        self._quit = quit_
        self.functions: dict[str, Callable[..., Answer]] = {"state": self.state, "control": self.control}

    def state(self) -> Answer:
        """The terminal's own truth."""
        terminal = self._terminal
        broker, ledger = terminal.broker, terminal.ledger
        account = broker.account()
        quotes = {name: terminal.market.quote(name) for name in SYMBOLS if name in terminal.selected}
        switches = terminal.switches
        return value({
            "pid": os.getpid(),
            "account": {
                "login": terminal.login, "server": terminal.server, "balance": account.balance,
                "equity": account.equity, "profit": account.profit, "margin": account.margin,
                "margin_free": account.margin_free,
            },
            "positions": [
                _named(records.TradePosition, rows.position_row(broker, p)) for p in ledger.positions.values()
            ],
            "orders": [_named(records.TradeOrder, rows.order_row(broker, o)) for o in ledger.orders.values()],
            "deals": len(ledger.deals),
            "history_orders": len(ledger.history_orders),
            "charts": [
                {
                    "id": chart.id, "symbol": chart.symbol, "timeframe": chart.timeframe,
                    "expert": chart.expert.name if chart.expert else "", "instance": chart.instance,
                }
                for chart in self._desk.charts
            ],
            "ticks": {
                name: {"time_msc": quote.time_msc, "bid": quote.bid, "ask": quote.ask}
                for name, quote in quotes.items()
                if quote is not None
            },
            "switches": {
                name: getattr(switches, name)
                for name in ("auto_trading", "api_disabled", "connected", "trade_allowed", "trade_expert", "authorized")
            },
            "market_open": terminal.market.is_open,
        })  # fmt: skip

    def control(self, content: dict[str, Any]) -> Answer:
        """Changes the world as a `ControlCommand` says."""
        try:
            command = ControlCommand.model_validate(content)
        except ValidationError as error:
            raise ApiError(-2, str(error)) from error
        terminal = self._terminal
        self._switch(command)
        if command.market_open is not None:
            terminal.set_market_open(command.market_open)
        if command.trade_modes is not None:
            terminal.set_trade_modes(command.trade_modes)
        terminal.set_market_depth(command.liquidity, command.slippage)
        self._change_program(command)
        if command.deposit is not None:
            terminal.deposit(command.deposit)
        self._log_in(command)
        if command.failing_inits is not None:
            self._desk.failing_inits = set(command.failing_inits)
        if command.clear_faults:
            self._faults.clear()
        if command.fault is not None:
            self._faults.arm(command.fault)
        if command.quit:
            self._quit()
        return value(True)

    def _log_in(self, command: ControlCommand) -> None:
        account = command.model_dump(include={"login", "live"}, exclude_none=True)
        for name, it in account.items():
            self._terminal.ledger.set(name, it)
        if account:
            self._terminal.ledger.commit()

    def _change_program(self, command: ControlCommand) -> None:
        if command.clock_ahead is not None:
            self._terminal.set_clock_ahead(command.clock_ahead)
        if command.language is not None:
            self._terminal.set_language(command.language)
        if command.live_update is not None:
            self._terminal.prepare_update(command.live_update)

    def _switch(self, command: ControlCommand) -> None:
        terminal = self._terminal
        given = command.model_dump(exclude_none=True)
        changed = {name: given[name] for name in given if hasattr(terminal.switches, name)}
        for name, on in changed.items():
            setattr(terminal.switches, name, on)
        if changed:
            terminal.save_switches()
            terminal.advance()
        if command.auto_trading is not None:
            word = "enabled" if command.auto_trading else "disabled"
            terminal.journal.write("Experts", f"automated trading is {word}")


def _named(kind: Any, row: list[Any]) -> dict[str, Any]:
    return dict(zip(kind.__match_args__, row, strict=True))

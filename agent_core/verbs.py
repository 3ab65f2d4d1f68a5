"""The verbs of `forexelite-agent` that work on the store alone, so beside a running agent too."""

import json
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta

from pydantic import ValidationError

from agent_core.agent import LOCK_FILE, product_version
from agent_core.autostart import is_on
from agent_core.console import say
from agent_core.credentials import Credentials
from agent_core.exclusive import try_lock
from agent_core.link_notes import LinkNotes
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.settings import AgentSettings
from agent_core.store import Store
from agent_core.sync.event_log import EventLog
from agent_core.sync.pairing import PairingStore
from agent_core.terminal.discovery import find_installs, same_path
from agent_core.terminal.memory import TerminalMemory
from agent_core.terminal.symbols import canonical_name
from agent_core.trading.guard import LimitStore
from agent_core.trading.models import RiskLimits
from agent_core.trading.risk_state import RiskStateStore, change_limits


def terminals(settings: AgentSettings, use: int | None) -> int:
    """Shows the terminals of this computer, or chooses one of them for the agent's next start.

    Raises:
        ForexEliteError: there is no such terminal.
    """
    found = find_installs(settings.roaming_folder, settings.search_folders, whole_computer=settings.whole_computer)
    with closing(Store(settings.data_folder / "agent.db")) as store:
        memory = TerminalMemory(store)
        if use is not None:
            if not 1 <= use <= len(found):
                raise ForexEliteError(
                    ErrorCode.VALIDATION_ERROR, f"There is no terminal {use}; `forexelite-agent terminals` lists them."
                )
            memory.install = found[use - 1]
        chosen = memory.install
    for number, install in enumerate(found, start=1):
        mark = "*" if chosen is not None and same_path(chosen.data_folder, install.data_folder) else " "
        running = "running" if install.running else "not running"
        say(f"{mark} {number}  {install.name}, {running}{', ' * bool(install.facts)}{install.facts}")
        say(f"     {install.executable}")
    if not found:
        say("No MetaTrader 5 was found. Install it, or name its folder in FOREXELITE_SEARCH_FOLDERS.")
    elif use is not None:
        say("The agent uses the marked one from its next start on.")
    return 0


def status(settings: AgentSettings) -> int:
    """Reads the store alone, so it works beside a running agent."""
    store = Store(settings.data_folder / "agent.db")
    pairing = PairingStore(store, Credentials(settings.data_folder)).get()
    lock = try_lock(settings.data_folder / LOCK_FILE)
    if lock is not None:
        lock.close()
    answer = {
        "version": product_version(),
        "running": lock is None,
        "links": LinkNotes(store).all() if lock is None else {},
        "autostart": is_on(),
        "data_folder": str(settings.data_folder),
        "cloud": pairing.url if pairing else None,
        "agent_id": str(pairing.agent_id) if pairing else None,
        "queued_events": EventLog(store).queued,
        "limits": LimitStore(store).load().model_dump(mode="json", exclude_defaults=True),
        "locked": {account: state.message for account, state in RiskStateStore(store).locked().items()},
        "logs": str(settings.data_folder / "logs"),
    }
    store.close()
    say(json.dumps(answer, indent=2))
    return 0


def unlock(settings: AgentSettings) -> int:
    """Works on the store alone, beside a running agent, whose guard sees the wish at its next look."""
    store = Store(settings.data_folder / "agent.db")
    states, delay = RiskStateStore(store), timedelta(minutes=LimitStore(store).load().unlock_minutes)
    locked = states.locked()
    for account, state in locked.items():
        until = states.ask_unlock(account, delay).unlock_at
        say(f"Account {account}: {state.message}\nOrders are possible again at {until:%H:%M:%S} UTC.")
    if not locked:
        say("Nothing is locked.")
    store.close()
    return 0


def limits(settings: AgentSettings, changes: Sequence[str]) -> int:
    """Works on the store alone, like `unlock`."""
    with closing(Store(settings.data_folder / "agent.db")) as store:
        kept = LimitStore(store)
        wanted = kept.load().model_dump(mode="json")
        for change in changes:
            name, equals, value = change.partition("=")
            if not equals or name not in RiskLimits.model_fields:
                names = ", ".join(RiskLimits.model_fields)
                raise ForexEliteError(ErrorCode.VALIDATION_ERROR, f"'{change}' is no NAME=VALUE. Names are: {names}.")
            wanted[name] = value or RiskLimits.model_fields[name].default
            if name == "allowed_symbols" and value:
                wanted[name] = [_canonical(symbol) for symbol in value.split(",")]
        try:
            limits = RiskLimits.model_validate(wanted)
        except ValidationError as error:
            first = error.errors()[0]
            raise ForexEliteError(ErrorCode.VALIDATION_ERROR, f"{first['loc'][0]}: {first['msg']}.") from error
        change_limits(limits, kept, RiskStateStore(store))
    say(limits.model_dump_json(indent=2))
    return 0


def _canonical(symbol: str) -> str:
    return canonical_name(symbol.strip().upper().replace("/", "").replace("_", ""))

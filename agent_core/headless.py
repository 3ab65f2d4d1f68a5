"""`forexelite-agent`: the agent without a window, for a server that trades around the clock."""

import argparse
import asyncio
import getpass
import json
import logging
import signal
import sys
from collections.abc import Sequence
from datetime import timedelta
from logging.handlers import RotatingFileHandler
from pathlib import Path
from uuid import UUID

from agent_core.agent import Agent, product_version
from agent_core.credentials import Credentials
from agent_core.ea.events import BridgeChanged
from agent_core.protocol.errors import ForexEliteError
from agent_core.settings import AgentSettings
from agent_core.store import Store
from agent_core.sync.api import CloudApi
from agent_core.sync.event_log import EventLog
from agent_core.sync.events import CloudLinkChanged
from agent_core.sync.pairing import Pairing, PairingStore
from agent_core.terminal.events import AccountChanged, TerminalLinkChanged
from agent_core.trading.guard import LimitStore
from agent_core.trading.risk_state import RiskStateStore

log = logging.getLogger(__name__)

_LOG_BYTES = 5_000_000
_LOG_FILES = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one verb; returns the exit code."""
    chosen = _parser().parse_args(arguments)
    settings = AgentSettings()
    try:
        if chosen.verb == "run":
            return asyncio.run(_run(settings, chosen.arm))
        if chosen.verb == "status":
            return _status(settings)
        if chosen.verb == "unlock":
            return _unlock(settings)
        return asyncio.run(_pair(settings, chosen))
    except ForexEliteError as error:
        sys.stderr.write(f"{error.detail}\n")
        return 1
    except KeyboardInterrupt:
        return 130


def configure_logging(folder: Path) -> None:
    """Logs to `agent.log` in a folder; old files are dropped. No part of the product logs secrets."""
    folder.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(folder / "agent.log", maxBytes=_LOG_BYTES, backupCount=_LOG_FILES, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # one line a request would bury the rest


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="forexelite-agent", description="ForexElite Pro's agent without a window.")
    parser.add_argument("--version", action="version", version=product_version())
    verbs = parser.add_subparsers(dest="verb", required=True)
    run = verbs.add_parser("run", help="connect the terminal and the cloud, and stay until told to stop")
    run.add_argument(
        "--arm", type=int, metavar="LOGIN", help="agree to trade this account, real money included, while this runs"
    )
    verbs.add_parser("status", help="show what this computer is paired with and what waits for upload")
    verbs.add_parser("unlock", help="ask the risk guard to let orders out again, after the delay of the risk limits")
    pair = verbs.add_parser(
        "pair",
        help="become an agent of the cloud",
        description="With --agent-id and the key on standard input, or by signing in with --email.",
    )
    pair.add_argument("--cloud", help="address of the cloud (default: FOREXELITE_CLOUD_URL)")
    pair.add_argument("--agent-id", type=UUID, help="id of an agent paired elsewhere; its key is read from input")
    pair.add_argument("--email", help="sign in and add this computer as a new agent")
    pair.add_argument("--name", default="Server", help="name of the new agent")
    return parser


async def _run(settings: AgentSettings, arm: int | None) -> int:
    configure_logging(settings.data_folder / "logs")
    agent = Agent(settings)
    stop = asyncio.Event()
    _on_signals(stop)
    say = _Reporter(agent)
    if arm is not None:
        say.arm(arm)
    await agent.start()
    log.info("The agent runs (version %s)", product_version())
    sys.stdout.write("The agent runs; end it with Ctrl+C.\n")
    sys.stdout.flush()
    await stop.wait()
    await agent.stop()
    say.line("The agent has stopped.")
    return 0


def _on_signals(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        if sys.platform == "win32":
            signal.signal(name, lambda *_: loop.call_soon_threadsafe(stop.set))
        else:
            loop.add_signal_handler(name, stop.set)


class _Reporter:
    """Says on standard output and in the log file when a link changes."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self._login: int | None = None
        self._last: dict[str, str] = {}
        agent.bus.subscribe(TerminalLinkChanged, self._on_terminal)
        agent.bus.subscribe(BridgeChanged, self._on_bridge)
        agent.bus.subscribe(CloudLinkChanged, self._on_cloud)

    def line(self, text: str) -> None:
        """Writes one line to both."""
        log.info("%s", text)
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def arm(self, login: int) -> None:
        """Arms one account, and no other, whenever the terminal logs in to it."""
        self._login = login
        self._agent.bus.subscribe(AccountChanged, self._on_account)

    def _on_account(self, event: AccountChanged) -> None:
        if event.account.login == self._login and not self._agent.desk.armed:
            self._agent.desk.arm()
            self.line(f"Account {event.account.login} at {event.account.server} is armed.")

    def _on_terminal(self, event: TerminalLinkChanged) -> None:
        self._tell("Terminal", event.state, event.detail)

    def _on_bridge(self, event: BridgeChanged) -> None:
        self._tell("Bridge", event.state, event.detail)

    def _on_cloud(self, event: CloudLinkChanged) -> None:
        self._tell("Cloud", event.state, event.detail)

    def _tell(self, name: str, state: str, detail: str) -> None:
        if self._last.get(name) != state:
            self._last[name] = state
            self.line(f"{name}: {state}. {detail}".rstrip())


def _status(settings: AgentSettings) -> int:
    """Reads the store alone, so it works beside a running agent."""
    store = Store(settings.data_folder / "agent.db")
    pairing = PairingStore(store, Credentials(settings.data_folder)).get()
    answer = {
        "version": product_version(),
        "data_folder": str(settings.data_folder),
        "cloud": pairing.url if pairing else None,
        "agent_id": str(pairing.agent_id) if pairing else None,
        "queued_events": EventLog(store).queued,
    }
    store.close()
    sys.stdout.write(json.dumps(answer, indent=2) + "\n")
    return 0


def _unlock(settings: AgentSettings) -> int:
    """Works on the store alone, beside a running agent, whose guard sees the wish at its next look."""
    store = Store(settings.data_folder / "agent.db")
    states, delay = RiskStateStore(store), timedelta(minutes=LimitStore(store).load().unlock_minutes)
    locked = states.locked()
    for account, state in locked.items():
        until = states.ask_unlock(account, delay).unlock_at
        sys.stdout.write(f"Account {account}: {state.message}\nOrders are possible again at {until:%H:%M:%S} UTC.\n")
    if not locked:
        sys.stdout.write("Nothing is locked.\n")
    store.close()
    return 0


async def _pair(settings: AgentSettings, chosen: argparse.Namespace) -> int:
    url = (chosen.cloud or settings.cloud_url).rstrip("/")
    if not url:
        sys.stderr.write("Say which cloud: --cloud https://… or FOREXELITE_CLOUD_URL.\n")
        return 2
    credentials = Credentials(settings.data_folder)
    if chosen.agent_id is not None:
        pairing, key = Pairing(url, chosen.agent_id), _secret("Agent key: ")
    elif chosen.email:
        api = CloudApi(url, credentials)
        try:
            await api.sign_in(chosen.email, _secret("Password: "))
            answer = await api.pair_agent(chosen.name)
            await api.sign_out()
        finally:
            await api.aclose()
        pairing, key = Pairing(url, answer.agent_id), answer.pairing_key
    else:
        sys.stderr.write("Give --email to sign in, or --agent-id with the key on standard input.\n")
        return 2
    store = Store(settings.data_folder / "agent.db")
    PairingStore(store, credentials).set(pairing, key)
    store.close()
    sys.stdout.write(f"Paired as agent {pairing.agent_id}. Start it with: forexelite-agent run\n")
    return 0


def _secret(prompt: str) -> str:
    """Reads a secret: unseen from a person, as one line from a pipe. Never from the command line, which others see."""
    if sys.stdin.isatty():
        return getpass.getpass(prompt)
    return sys.stdin.readline().strip()


if __name__ == "__main__":
    sys.exit(main())

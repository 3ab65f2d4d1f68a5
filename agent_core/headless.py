"""`forexelite-agent`: the agent without a window, for a server that trades around the clock."""

import argparse
import asyncio
import gc
import getpass
import logging
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from agent_core.agent import LOCK_FILE, Agent, product_version
from agent_core.autostart import switch_off, switch_on
from agent_core.console import say
from agent_core.credentials import Credentials
from agent_core.ea.events import BridgeChanged
from agent_core.ending import Ending, end_agent
from agent_core.link_notes import LinkNotes
from agent_core.log_file import rotating_log
from agent_core.protocol.errors import ForexEliteError
from agent_core.settings import AgentSettings
from agent_core.store import Store
from agent_core.sync.api import CloudApi
from agent_core.sync.events import CloudLinkChanged
from agent_core.sync.pairing import Pairing, PairingStore
from agent_core.terminal.events import AccountChanged, TerminalLinkChanged
from agent_core.verbs import limits, status, terminals, unlock

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
        if chosen.verb == "stop":
            return _stop(settings)
        if chosen.verb == "status":
            return status(settings)
        if chosen.verb == "terminals":
            return terminals(settings, chosen.use)
        if chosen.verb == "unlock":
            return unlock(settings)
        if chosen.verb == "limits":
            return limits(settings, chosen.changes)
        if chosen.verb == "autostart":
            return _autostart(chosen)
        return asyncio.run(_pair(settings, chosen))
    except ForexEliteError as error:
        say(error.detail, error=True)
        return 1
    except KeyboardInterrupt:
        return 130


def configure_logging(folder: Path) -> None:
    """Logs to `agent.log` in a folder; old files are dropped. No part of the product logs secrets.

    Raises:
        ForexEliteError: it can't be written.
    """
    root = logging.getLogger()
    root.addHandler(rotating_log(folder / "agent.log", size=_LOG_BYTES, kept=_LOG_FILES))
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
    verbs.add_parser("stop", help="end the agent that runs on this computer, and wait until it has")
    verbs.add_parser("status", help="show whether the agent runs, its pairing, its limits and what waits for upload")
    choosing = verbs.add_parser("terminals", help="list the terminals of this computer, and choose the agent's")
    choosing.add_argument("--use", type=int, metavar="NUMBER", help="have the agent trade through this one")
    verbs.add_parser("unlock", help="ask the risk guard to let orders out again, after the delay of the risk limits")
    limits = verbs.add_parser(
        "limits",
        help="show or change the limits of the risk guard",
        description="Without arguments it shows them. A running agent takes changes over at once.",
    )
    limits.add_argument(
        "changes",
        nargs="*",
        metavar="NAME=VALUE",
        help="like daily_loss=500, trade_from=08:00, allowed_symbols=EURUSD,GBPUSD; NAME= removes a limit",
    )
    autostart = verbs.add_parser("autostart", help="start the agent when you sign in to this computer, or no longer")
    autostart.add_argument("switch", choices=("on", "off"))
    autostart.add_argument("--arm", type=int, metavar="LOGIN", help="as for run")
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
    try:
        agent = Agent(settings)
    except ForexEliteError as error:
        log.warning("The agent can't run: %s", error.detail)
        raise
    with Ending(settings.data_folder) as ending:
        report = _Reporter(agent)
        if arm is not None:
            report.arm(arm)
        await agent.start()
        # What is there now stays: no collection has to walk through it while an order is under way.
        gc.collect()
        gc.freeze()
        report.line(f"The agent runs (version {product_version()}); end it with Ctrl+C or `forexelite-agent stop`.")
        if agent.terminal.install is None:
            report.line(
                "No terminal is chosen yet: `forexelite-agent terminals` lists them, with --use it chooses one."
            )
        await ending.wait()
        await agent.stop()
        report.line("The agent has stopped.")
    return 0


class _Reporter:
    """Says on standard output and in the log file when a link changes, and notes it for the verb `status`."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self._armed_login: int | None = None
        self._last: dict[str, tuple[str, str]] = {}
        self._notes = LinkNotes(agent.store)
        self._notes.clear()
        agent.bus.subscribe(AccountChanged, self._on_account)
        agent.bus.subscribe(TerminalLinkChanged, self._on_terminal)
        agent.bus.subscribe(BridgeChanged, self._on_bridge)
        agent.bus.subscribe(CloudLinkChanged, self._on_cloud)

    def line(self, text: str) -> None:
        """Writes one line to both."""
        log.info("%s", text)
        say(text)

    def arm(self, login: int) -> None:
        """Arms one account, and no other, whenever the terminal logs in to it."""
        self._armed_login = login

    def _on_account(self, event: AccountChanged) -> None:
        account, desk = event.account, self._agent.desk
        if account.login == self._armed_login and not desk.armed:
            desk.arm()
            self.line(f"Account {account.login} at {account.server} is armed.")
        kind = f"{'live' if account.live else 'demo'}, {'armed' if desk.armed else 'not armed'}"
        self._tell("Account", kind, f"{account.login} at {account.server}")

    def _on_terminal(self, event: TerminalLinkChanged) -> None:
        self._tell("Terminal", event.state, event.detail)

    def _on_bridge(self, event: BridgeChanged) -> None:
        self._tell("Bridge", event.state, event.detail)

    def _on_cloud(self, event: CloudLinkChanged) -> None:
        self._tell("Cloud", event.state, event.detail)

    def _tell(self, name: str, state: str, detail: str) -> None:
        if self._last.get(name) != (state, detail):
            self._last[name] = (state, detail)
            with suppress(ForexEliteError):  # on a full disk the log still says it
                self._notes.note(name, state, detail)
            self.line(f"{name}: {state}. {detail}".rstrip())


def _stop(settings: AgentSettings) -> int:
    folder = settings.data_folder
    say("The agent has ended." if end_agent(folder, folder / LOCK_FILE) else "No agent runs.")
    return 0


def _autostart(chosen: argparse.Namespace) -> int:
    arguments = [] if chosen.arm is None else ["--arm", str(chosen.arm)]
    say(switch_on(arguments) if chosen.switch == "on" else switch_off())
    return 0


async def _pair(settings: AgentSettings, chosen: argparse.Namespace) -> int:
    url = (chosen.cloud or settings.cloud_url).rstrip("/")
    if not url:
        say("Say which cloud: --cloud https://… or FOREXELITE_CLOUD_URL.", error=True)
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
        say("Give --email to sign in, or --agent-id with the key on standard input.", error=True)
        return 2
    store = Store(settings.data_folder / "agent.db")
    PairingStore(store, credentials).set(pairing, key)
    store.close()
    say(f"Paired as agent {pairing.agent_id}. Start it with: forexelite-agent run")
    return 0


def _secret(prompt: str) -> str:
    """Reads a secret: unseen from a person, as one line from a pipe. Never from the command line, which others see."""
    if sys.stdin.isatty():
        return getpass.getpass(prompt)
    return sys.stdin.readline().strip()


if __name__ == "__main__":
    sys.exit(main())

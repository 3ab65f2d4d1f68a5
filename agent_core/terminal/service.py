"""The terminal as the rest of the agent sees it: find, connect, keep connected, read, send."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent_core.events import EventBus
from agent_core.exclusive import ExclusiveLock
from agent_core.programs import PROGRAMS, command_for
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.settings import TESTER_FOLDER, AgentSettings
from agent_core.store import Store
from agent_core.terminal.client import HostClient
from agent_core.terminal.clock_keeper import ClockKeeper
from agent_core.terminal.constants import TradeAction
from agent_core.terminal.discovery import find_installs, is_running, same_path
from agent_core.terminal.errors import NOT_RUNNING, account_changed, terminal_error
from agent_core.terminal.events import AccountChanged, TerminalLinkChanged
from agent_core.terminal.instruments import Instruments
from agent_core.terminal.models import (
    Account,
    Permission,
    SendResult,
    Snapshot,
    TerminalInfo,
    TerminalInstall,
    Tick,
)
from agent_core.terminal.permissions import permission_stack

log = logging.getLogger(__name__)

INITIALIZE_TIMEOUT_SECONDS = 60.0
#: In the terminal's data folder; whoever holds it trades through this terminal.
LOCK_FILE = Path("MQL5", "Files", "ForexElitePro.lock")
_TWO_AGENTS = (
    "Another ForexElite Pro on this computer uses this terminal already. Use that one, or end it, then connect again."
)


class TerminalService(Instruments):
    """One terminal, through its host process.

    Attributes:
        install: The terminal that is, or was last, connected.
        account: The account as last read.
        link: State of the link, as last published.
        account_problem: One sentence while the terminal is logged in to another account than the trader agreed to
            trade in it, else empty; then nothing is sent until `agree_to_account`.
        clock: Converts between the broker's time and UTC.
    """

    def __init__(self, settings: AgentSettings, store: Store, bus: EventBus) -> None:
        super().__init__(store, bus)
        self._settings = settings
        self._keeper = ClockKeeper(self)
        self._lock = asyncio.Lock()
        self._use: ExclusiveLock | None = None
        self.install: TerminalInstall | None = self.memory.install
        self.account_problem = ""
        self.link = TerminalLinkChanged("disconnected", "Choose a MetaTrader 5 terminal to connect.")

    @property
    def connected(self) -> bool:
        """Whether the terminal answers."""
        return self.link.state == "connected"

    def uses(self, install: TerminalInstall) -> bool:
        """Whether this is the terminal that is connected."""
        return self.connected and self.install is not None and same_path(self.install.data_folder, install.data_folder)

    @property
    def host_pid(self) -> int | None:
        """Process id of the terminal host, while it runs."""
        return self._client.pid if self._client is not None else None

    async def discover(self) -> list[TerminalInstall]:
        """Finds the terminals of this computer, but for the copies that strategy tests run in."""
        settings = self._settings
        found = await asyncio.to_thread(
            find_installs, settings.roaming_folder, settings.search_folders, whole_computer=settings.whole_computer
        )
        tester = settings.data_folder / TESTER_FOLDER
        return [install for install in found if not install.executable.is_relative_to(tester)]

    async def connect(self, install: TerminalInstall) -> Account:
        """Connects to a terminal, starting it if it doesn't run, and remembers it; a link that stands is kept.

        Raises:
            ForexEliteError: it can't be connected; the sentence says what to do.
        """
        async with self._lock:
            if self.uses(install):
                return await self.refresh_account()
            await self._close()
            self.install = install
            self._publish(TerminalLinkChanged("connecting", f"Connecting to {install.name} …"))
            try:
                if not install.executable.is_file():
                    raise ForexEliteError(
                        ErrorCode.BROKER_UNAVAILABLE,
                        f"MetaTrader 5 was not found at {install.executable}. "
                        "Install it or choose another terminal, then connect again.",
                    )
                self._use = ExclusiveLock(install.data_folder / LOCK_FILE, _TWO_AGENTS)
                self._client = HostClient(self._host_command(install), lambda: is_running(install.executable))
                account = await self._open(install)
            except BaseException as error:
                await self._close()
                detail = error.detail if isinstance(error, ForexEliteError) else "Connecting was stopped."
                self._publish(TerminalLinkChanged("disconnected", detail))
                raise
            self.memory.install = install
            return account

    async def reconnect_last(self) -> bool:
        """Connects to the terminal remembered from last time; returns whether that worked (`link` says why not)."""
        install = self.memory.install
        if install is None:
            return False
        try:
            await self.connect(install)
        except ForexEliteError as error:
            log.warning("The last terminal could not be connected: %s", error.detail)
            return False
        return True

    async def restore(self) -> bool:
        """Opens a lost link again, if the terminal runs; it is never started behind the trader's back."""
        async with self._lock:
            if self.connected or self.install is None or self._client is None:
                return self.connected
            if not await asyncio.to_thread(is_running, self.install.executable):
                self._link_lost(terminal_error(NOT_RUNNING, ""))
                return False
            try:
                await self._open(self.install)
            except ForexEliteError as error:
                self._link_lost(error)
            return self.connected

    async def disconnect(self) -> None:
        """Closes the link; the terminal itself goes on running."""
        async with self._lock:
            await self._close()
            self._publish(TerminalLinkChanged("disconnected", "MetaTrader 5 is not connected."))

    async def refresh_account(self) -> Account:
        """Reads the account; publishes it if it changed."""
        account = await self.account_info()
        self._take(account)
        return account

    async def snapshot(self, symbol: str) -> Snapshot:
        """Reads all that an order in an instrument is judged by, quote included; publishes the account if it changed.

        Raises:
            ForexEliteError: there is no such instrument, no quote yet, or the terminal can't be reached.
        """
        spec = self.resolved(symbol) or await self.symbol(symbol)
        account = self.account
        found = await self._snapshot_of(spec.name)
        switched = account is None or account.key != found.account.key
        if switched:
            await self._load_symbols()  # another broker may name it otherwise
        if switched or not (found.spec.selected and found.tick.quoted):
            spec = await self.symbol(symbol)
            await self.tick(spec.name)
            found = await self._snapshot_of(spec.name)
        return found

    async def _snapshot_of(self, broker_symbol: str) -> Snapshot:
        found = await self.read_snapshot(broker_symbol)
        self._take(found.account)
        self._symbols[broker_symbol] = found.spec
        return found

    def _take(self, account: Account) -> None:
        if account != self.account:
            if self.account is None or account.key != self.account.key:
                self._symbols.clear()
                self._keeper.follow(account.server)
                self._chosen_symbols = self.memory.symbols(account.server)
                self._compare_account(account)
            self.account = account
            self._bus.publish(AccountChanged(account))

    async def order_send(self, request: dict[str, Any], *, account: str | None = None) -> SendResult:
        """Sends an order, once; nothing that opens a position while this computer's date is wrong.

        Args:
            request: In MetaTrader's own form.
            account: The order is meant for this one ("login@server"); for the one that was read last if None.

        Raises:
            OutcomeUnknown: it may or may not have been carried out; find out before anything is sent again.
            ForexEliteError: it certainly was not sent.
        """
        opens = request["action"] == TradeAction.PENDING or (
            request["action"] == TradeAction.DEAL and not request.get("position")
        )
        if opens and self._keeper.problem:
            raise ForexEliteError(ErrorCode.ORDER_REFUSED, self._keeper.problem)
        if account is not None and (self.account is None or self.account.key != account):
            raise account_changed()
        return await super().order_send(request)

    def agree_to_account(self) -> None:
        """Takes the account that the terminal is logged in to as the one to trade in it from now on."""
        if self.account is not None and self.install is not None:
            self.memory.set_agreed_account(self.install.data_folder, self.account.login, self.account.server)
            self.account_problem = ""

    async def refresh_link(self) -> TerminalInfo:
        """Reads the terminal's state and permissions; publishes them."""
        try:
            info = await self.terminal_info()
        except ForexEliteError as error:
            self._link_lost(error)
            raise
        stack = permission_stack(info, self.account)
        if self._keeper.problem:
            stack = (Permission("Clock of this computer", False, self._keeper.problem), *stack)
        detail = next((permission.fix for permission in stack if not permission.allowed), "")
        round_trip = self._client.round_trip_ms if self._client is not None else None
        self._publish(TerminalLinkChanged("connected", detail, info, stack, round_trip))
        await self._keeper.keep()
        return info

    async def permissions(self, symbol: str | None = None) -> tuple[Permission, ...]:
        """The stack of switches that must be on before an order may go out."""
        info, account = await self.terminal_info(), await self.refresh_account()
        if symbol is None:
            return permission_stack(info, account)
        spec = await self.symbol(symbol)
        ticks = await self.ticks([spec.name])
        quoted = datetime.fromtimestamp(ticks[0].time_msc / 1000, UTC) if ticks else None
        return permission_stack(info, account, spec, quoted)

    def observe(self, ticks: Sequence[Tick]) -> int:
        """Measures the server's clock by quotes that have just arrived together.

        Returns:
            By how many milliseconds their times, and those of all quotes before, have to be moved to be right.
        """
        return self._keeper.observe(ticks)

    async def _open(self, install: TerminalInstall) -> Account:
        answer = await self._host().initialize(
            path=install.spelled(install.executable), portable=install.portable,
            timeout_seconds=INITIALIZE_TIMEOUT_SECONDS, ours=lambda told: self._is_ours(install, told),
        )  # fmt: skip
        if answer.value is not True:
            raise terminal_error(answer.code, answer.text)
        account = await self.refresh_account()
        await self._keeper.start()
        await self.refresh_link()
        return account

    def _host_command(self, install: TerminalInstall) -> list[str]:
        module = ["--module", self._settings.mt5_module]
        if install.wine_prefix is None:
            return [*command_for("terminal-host"), *module]
        if self._settings.wine_python is None:
            raise ForexEliteError(
                ErrorCode.BROKER_UNAVAILABLE,
                "This MetaTrader 5 runs under Wine, where a Windows Python must talk to it. Install one there with "
                "this program and the MetaTrader5 package, and name it in FOREXELITE_WINE_PYTHON.",
            )
        # Wine hands a Windows program no standard error that is a file, and Python does not start without one.
        quiet = ["sh", "-c", 'exec "$@" 2>/dev/null', "terminal-host"]
        python = [*install.launcher, str(self._settings.wine_python), "-m", PROGRAMS["terminal-host"]]
        return [*quiet, *python, *module]

    @staticmethod
    def _is_ours(install: TerminalInstall, data_path: str) -> bool:
        return same_path(install.located(data_path), install.data_folder)

    def _compare_account(self, account: Account) -> None:
        """The first account seen in a terminal is the one the trader chose with it; any other must be agreed to."""
        folder = self._chosen().data_folder
        agreed = self.memory.agreed_account(folder)
        if agreed is None:
            self.memory.set_agreed_account(folder, account.login, account.server)
        present = (account.login, account.server)
        self.account_problem = ""
        if agreed is not None and agreed != present:
            self.account_problem = (
                f"MetaTrader is logged in to account {account.login} at {account.server}, not to {agreed[0]} at "
                f"{agreed[1]} as before. Nothing is traded until you agree to this account in the top bar, or log in "
                "to the other one in MetaTrader."
            )

    def _chosen(self) -> TerminalInstall:
        if self.install is None:
            raise ForexEliteError(
                ErrorCode.BROKER_UNAVAILABLE, "No MetaTrader 5 terminal is connected. Choose one in Settings."
            )
        return self.install

    def _account_key(self) -> tuple[int, str] | None:
        return None if self.account is None else (self.account.login, self.account.server)

    def _range(self, since: datetime, until: datetime | None) -> tuple[int, int]:
        if self._keeper.problem:
            raise ForexEliteError(ErrorCode.BROKER_UNAVAILABLE, self._keeper.problem)
        return super()._range(since, until)

    def _link_lost(self, error: ForexEliteError) -> None:
        if self.link.state != "lost" or self.link.detail != error.detail:
            self._publish(TerminalLinkChanged("lost", error.detail))

    def _publish(self, link: TerminalLinkChanged) -> None:
        self.link = link
        self._bus.publish(link)

    async def _close(self) -> None:
        client, self._client = self._client, None
        self.account = None
        self._symbols.clear()
        if client is not None:
            await client.close()
        if self._use is not None:
            self._use.release()
            self._use = None

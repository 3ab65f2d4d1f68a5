"""One simulated terminal: its market, its trade server's account, its switches and journals."""

import time

from agent_core.simulator.broker.broker import Broker
from agent_core.simulator.broker.ledger import Ledger
from agent_core.simulator.broker.models import Deal
from agent_core.simulator.broker.triggers import Triggers
from agent_core.simulator.build import BUILD
from agent_core.simulator.layout import Layout
from agent_core.simulator.market.clock import server_msc, server_now_msc
from agent_core.simulator.market.market import Market
from agent_core.simulator.market.sources import sources_for
from agent_core.simulator.market.symbols import SYMBOLS
from agent_core.simulator.options import SimulatorOptions
from agent_core.simulator.terminal.journal import Journal
from agent_core.simulator.terminal.switches import load_switches

SERVER = "ForexElite-Demo"
LIVE_SERVER = "ForexElite-Live"
COMPANY = "MetaQuotes Ltd."
_SAVE_SECONDS = 5.0


class Terminal:
    """Everything the terminal process holds, without its loop and its socket."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.options = SimulatorOptions.load(layout)
        self.ledger = Ledger(layout.account_file)
        self.journal = Journal(layout.data / "logs", self.language)
        self.experts_journal = Journal(layout.mql5 / "Logs")
        self.switches = load_switches(self.ledger, layout.data)
        closures = self.ledger.meta.get("closures", [])
        self.market = Market(sources_for(self.options), server_msc(self.options.anchor), closures)
        if "balance" not in self.ledger.meta:
            self._open_account()
        options = self.options
        self.broker = Broker(
            self.market, self.ledger, netting=options.netting, currency=options.currency, leverage=options.leverage
        )
        self.triggers = Triggers(self.broker)
        self.selected: set[str] = set(
            self.ledger.meta.get("selected", [name for name, symbol in SYMBOLS.items() if symbol.selected])
        )
        self._saved_at = time.monotonic()

    @property
    def login(self) -> int:
        """Account number."""
        return int(self.ledger.meta["login"])

    @property
    def server(self) -> str:
        """Name of the trade server."""
        return LIVE_SERVER if self.live else SERVER

    @property
    def live(self) -> bool:
        """Whether the account that is logged in is a real-money one."""
        return bool(self.ledger.meta.get("live", self.options.live))

    @property
    def language(self) -> str:
        """Language of the window and the journal."""
        return str(self.ledger.meta.get("language", "English"))

    @property
    def build(self) -> int:
        """Build of the program; a LiveUpdate raises it."""
        return int(self.ledger.meta.get("build", BUILD))

    def set_language(self, language: str) -> None:
        """Changes the language."""
        self.ledger.set("language", language)
        self.ledger.commit()
        self.journal.language = language

    def set_clock_ahead(self, seconds: int) -> None:
        """Moves the server's clock: an hour, as at a change of clocks, or any time."""
        self.ledger.set("clock_ahead", seconds)
        self.ledger.commit()

    def prepare_update(self, seconds: float) -> None:
        """Has a LiveUpdate waiting: at the next start or end the updater works for so long."""
        self.ledger.set("live_update", seconds)
        self.ledger.commit()

    def take_update(self) -> float:
        """How long the updater will work, once; 0 where no update waits."""
        seconds = float(self.ledger.meta.get("live_update", 0.0))
        if seconds:
            self.ledger.set("live_update", 0.0)
            self.ledger.set("build", self.build + 1)
            self.ledger.commit()
        return seconds

    def _open_account(self) -> None:
        self.ledger.set("login", 51_000_000 + self.options.seed % 1_000_000)
        self.ledger.set("balance", 0.0)
        self.deposit(self.options.balance)

    def deposit(self, amount: float) -> None:
        """Puts money on the account, or takes it off."""
        deal = Deal(
            ticket=self.ledger.next_ticket("deal"), order=0, symbol="", type=2, entry=0, volume=0.0, price=0.0,
            time_msc=self.market.now_msc, position_id=0, magic=0, reason=0, comment="Deposit", profit=amount,
        )  # fmt: skip
        self.ledger.add_deal(deal)
        self.ledger.commit()

    def set_trade_modes(self, modes: dict[str, int]) -> None:
        """Sets the trade modes of symbols."""
        self.ledger.set("trade_modes", self.ledger.meta.get("trade_modes", {}) | modes)
        self.ledger.commit()

    def set_market_depth(self, liquidity: float | None, slippage: int | None) -> None:
        """Sets how many lots a market order finds (0: any), and by how many points it slips."""
        for name, content in (("liquidity", liquidity), ("slippage", slippage)):
            if content is not None:
                self.ledger.set(name, content)
        self.ledger.commit()

    def advance(self) -> None:
        """Moves market and trade server to now. Without a connection the terminal stays in the past."""
        if self.switches.connected:
            self.triggers.advance(server_now_msc() + 1000 * int(self.ledger.meta.get("clock_ahead", 0)))
        if time.monotonic() - self._saved_at > _SAVE_SECONDS:
            self._saved_at = time.monotonic()
            self.triggers.save_progress()

    def select(self, name: str, *, selected: bool) -> None:
        """Shows or hides a symbol in the Market Watch window."""
        if (name in self.selected) != selected:
            self.selected ^= {name}
            self.ledger.set("selected", sorted(self.selected))
            self.ledger.commit()

    def set_market_open(self, open_: bool) -> None:
        """Opens or closes the trading sessions of all symbols."""
        self.market.set_open(open_)
        self.ledger.set("closures", self.market.closures)
        self.ledger.commit()

    def save_switches(self) -> None:
        """Keeps the switches over a restart."""
        self.switches.save(self.ledger, self.layout.data, (self.login, self.server))

    def close(self) -> None:
        """Saves everything and closes the books."""
        self.save_switches()
        self.triggers.save_progress()
        self.ledger.close()

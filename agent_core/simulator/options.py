"""What a simulation is installed with, kept in the data folder."""

import time
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from agent_core.simulator.layout import Layout


class SimulatorOptions(BaseModel):
    """Options of one simulated terminal.

    Attributes:
        seed: Seed of the market; the same seed gives the same prices at the same time.
        quotes: File of real quotes to replay, or None for a seeded market only.
        speed: How many times faster than life the market moves.
        anchor: Epoch seconds UTC at which the replay's live part begins; set at installation.
        idle_exit: Seconds without any client after which the terminal process exits; None never.
        balance: Opening deposit in the account's currency.
        currency: The account's currency.
        leverage: The account's leverage.
        live: Whether the account says it is a real-money one.
        netting: Whether it holds one position a symbol; else every order opens its own.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    seed: int = 1
    quotes: Path | None = None
    speed: float = Field(default=1.0, gt=0)
    anchor: float = Field(default_factory=time.time)
    idle_exit: float | None = Field(default=None, gt=0)
    balance: float = Field(default=10_000.0, gt=0)
    currency: Literal["USD", "EUR", "GBP", "JPY", "CHF", "AUD", "CAD", "NZD"] = "USD"
    leverage: int = Field(default=100, gt=0)
    live: bool = False
    netting: bool = False

    def save(self, layout: Layout) -> None:
        """Writes the options into the data folder."""
        layout.options_file.write_text(self.model_dump_json(indent=1), encoding="utf-8")

    @classmethod
    def load(cls, layout: Layout) -> "SimulatorOptions":
        """Reads the options of a data folder; a folder without any gets the defaults, fixed from now on."""
        if layout.options_file.exists():
            return cls.model_validate_json(layout.options_file.read_text(encoding="utf-8"))
        options = cls()
        options.save(layout)
        return options

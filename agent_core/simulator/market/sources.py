"""Chooses the price source of each symbol."""

from agent_core.simulator.market.market import Source
from agent_core.simulator.market.seeded import SeededSource
from agent_core.simulator.market.symbols import SYMBOLS
from agent_core.simulator.options import SimulatorOptions


def sources_for(options: SimulatorOptions) -> dict[str, Source]:
    """Seeded prices for every symbol."""
    sources: dict[str, Source] = {
        name: SeededSource(symbol, options.seed, options.speed) for name, symbol in SYMBOLS.items()
    }
    return sources

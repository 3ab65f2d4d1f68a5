"""Chooses the price source of each symbol."""

from agent_core.simulator.market.clock import server_msc
from agent_core.simulator.market.market import Source
from agent_core.simulator.market.quotes_file import load_quotes
from agent_core.simulator.market.replay import ReplaySource
from agent_core.simulator.market.seeded import SeededSource
from agent_core.simulator.market.symbols import SYMBOLS
from agent_core.simulator.options import SimulatorOptions


def sources_for(options: SimulatorOptions) -> dict[str, Source]:
    """Seeded prices for every symbol, but for the one of a file of quotes.

    Raises:
        ValueError: the file of quotes is of no known format.
        OSError: it cannot be read.
    """
    seeded = {name: SeededSource(symbol, options.seed, options.speed) for name, symbol in SYMBOLS.items()}
    sources: dict[str, Source] = dict(seeded)
    if options.quotes is not None:
        quotes = load_quotes(options.quotes)
        name = quotes.symbol.name
        sources[name] = ReplaySource(seeded[name], quotes, server_msc(options.anchor), options.speed)
    return sources

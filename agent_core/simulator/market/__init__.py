"""The simulated market: symbols, seeded or replayed quotes, bars."""

"""The first steps: disclaimer, terminal, bridge."""

"""The simulated trade server: account, orders, positions, deals."""

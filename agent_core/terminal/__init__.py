"""The MetaTrader 5 terminal: discovery, the terminal host and its client, domain models, price feed."""

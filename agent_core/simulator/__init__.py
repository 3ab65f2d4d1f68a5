"""Stand-ins for the MetaTrader 5 terminal, its Python module and MetaEditor."""

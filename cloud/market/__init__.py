"""Candles and the shared price stream."""

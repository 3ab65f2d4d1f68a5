"""Broker adapters: one protocol, one implementation a connection type."""

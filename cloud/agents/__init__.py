"""Agents: pairing, keys, presence, heartbeats and uploaded facts."""

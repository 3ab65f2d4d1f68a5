"""Deployments of EA versions on agents."""

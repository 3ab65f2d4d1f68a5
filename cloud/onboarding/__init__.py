"""Broker connections, preferences, the onboarding gate."""

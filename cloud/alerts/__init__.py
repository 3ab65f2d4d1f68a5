"""Alerts for the user."""

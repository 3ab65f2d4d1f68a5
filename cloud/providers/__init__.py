"""Clients of hosted services."""

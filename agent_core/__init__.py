"""The agent: everything that concerns the trader's own terminal. No Qt, no FastAPI."""

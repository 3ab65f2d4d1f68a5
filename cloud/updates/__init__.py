"""Changes pushed to signed-in users."""

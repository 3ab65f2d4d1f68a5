"""Orders, positions, account and the kill switch."""

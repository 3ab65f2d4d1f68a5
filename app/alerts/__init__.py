"""What the trader should know."""

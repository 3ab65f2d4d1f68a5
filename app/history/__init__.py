"""What was traded."""

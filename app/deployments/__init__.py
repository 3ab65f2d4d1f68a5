"""EAs on charts: their state, and what they write."""

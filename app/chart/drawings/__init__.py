"""Lines and shapes the user draws on a chart: what they are, how they look, how they are made and moved."""

"""The price chart: series, level of detail, axes, drawing and trade lines."""

"""Files, metadata, colour, pyramid and heatmap."""

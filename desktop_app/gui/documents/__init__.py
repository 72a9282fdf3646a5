"""Documents in the window: opened and saved, shown on the canvas, in the history, the maps and the report."""

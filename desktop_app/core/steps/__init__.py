"""The one way of a step, for window, command line and recipes: inputs read, subjects found, run, recorded."""

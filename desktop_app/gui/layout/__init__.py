"""The parts of the window that something is shown in, and where they stand."""

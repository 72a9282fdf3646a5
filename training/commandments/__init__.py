"""The three commandments of safe learning, each shown with its defence: ``python -m training.commandments``."""

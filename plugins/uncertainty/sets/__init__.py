"""The classes among which the right one is."""

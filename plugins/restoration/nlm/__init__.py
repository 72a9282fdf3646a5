"""Non-local means."""

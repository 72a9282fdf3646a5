"""Dark channel prior."""

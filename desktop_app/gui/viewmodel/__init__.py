"""What the panels show, computed by pure functions: no Qt here."""

"""Any network that restores, the user's own too, as a tool."""

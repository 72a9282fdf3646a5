"""More or less brightness."""

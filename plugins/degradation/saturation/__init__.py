"""More or less saturation."""

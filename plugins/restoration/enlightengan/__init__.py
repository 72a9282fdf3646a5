"""A learnt brightener that needed no pairs of dark and well-lit photos."""

"""The largest change of what a network sees."""

"""A restoration where it is sure, the photo itself where it guesses."""

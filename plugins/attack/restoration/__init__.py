"""The noise that spoils a restoration most."""

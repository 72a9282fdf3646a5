"""The document: a tree of states in one SQLite file."""

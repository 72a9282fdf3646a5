"""A recipe over many photos: which, into what, what is done already, and what came of each."""

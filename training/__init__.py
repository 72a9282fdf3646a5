"""One recipe a bundled model; each is run as ``python -m training.<recipe>``."""

"""One recipe a bundled model: ``verilens train RECIPE``, several in a row by ``python -m training.queue``."""

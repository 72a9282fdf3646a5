"""Several restorations of one photo."""

"""Translation-invariant wavelet shrinkage."""

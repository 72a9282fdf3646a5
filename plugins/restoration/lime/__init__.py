"""Low-light enhancement by illumination map estimation."""

"""The device worker, tiling, precision and memory."""

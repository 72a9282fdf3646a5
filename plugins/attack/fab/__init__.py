"""The fast adaptive boundary attack."""

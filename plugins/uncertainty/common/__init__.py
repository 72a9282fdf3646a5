"""What the uncertainty tools share."""

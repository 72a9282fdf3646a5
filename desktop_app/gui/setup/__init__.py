"""What tools run with: plugins and devices."""

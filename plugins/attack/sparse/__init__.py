"""An attack that changes few pixels."""

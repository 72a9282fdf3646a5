"""Large square pixels."""

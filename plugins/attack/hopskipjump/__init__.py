"""HopSkipJump: an attack that sees answers only."""

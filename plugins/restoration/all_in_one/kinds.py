"""What may be wrong with a photo. Imports nothing, for the descriptor."""

KINDS = ("nothing", "noise", "compression", "blur", "rain", "drops", "haze", "darkness", "water")

"""What may be wrong with a photo. Imports nothing, for the descriptor."""

KINDS = ("nothing", "noise", "compression", "blur", "rain", "drops", "haze", "darkness", "water")
OF_TONE = ("haze", "darkness", "water")
"""Those that change the colours of the whole photo."""

"""What may be wrong with a photo, and which tool is called for it. Imports nothing, for the descriptor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

KINDS = ("nothing", "noise", "compression", "blur", "rain", "drops", "haze", "darkness", "water")

CURES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "noise": ("denoise.deep", {}),
    "compression": ("denoise.deep", {"removed": "any"}),
    "blur": ("deblur.blind_l0", {}),
    "rain": ("derain.progressive", {}),
    "drops": ("derain.raindrop", {}),
    "haze": ("dehaze.aod", {}),
    "darkness": ("lowlight.lime", {}),
    "water": ("underwater.fusion", {}),
}
"""By kind: a tool that needs nothing but the photo, and its parameters. Nothing is done where nothing is wrong."""

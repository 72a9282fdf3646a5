"""Parameters of enlargers that add learnt details. Imports no torch, for descriptors."""

from __future__ import annotations

from desktop_app.api import param
from plugins.restoration.common.params import ScaleParams

__all__ = ["DetailParams"]


class DetailParams(ScaleParams):
    """A photo with more pixels, and how much of what a network knows of them."""

    strength: float = param(100.0, title="Strength", unit="%", ge=0, le=100, step=1, help=(
        "How much of the details that the network found is added; none leaves the bicubic enlargement."
    ))

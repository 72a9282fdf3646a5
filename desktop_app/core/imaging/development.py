"""How what was read of camera raw becomes a picture. Imports torch when it is done, and nothing before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desktop_app.core.imaging.raster import Raster, from_planes

__all__ = ["DEFAULTS", "DEVELOP", "Development", "developed_raw"]

DEVELOP = "enhance.develop"
"""The tool that does, as the first step of a history, what `developed_raw` does."""

Development = Mapping[str, Any]
DEFAULTS: Development = {"exposure": None, "warmth": 0.0, "tint": 0.0, "highlights": 0.3, "demosaic": "AHD"}
"""The tool's parameters (numbers or None, and a name), and their values where nobody has chosen others."""


def developed_raw(raster: Raster, params: Development | None = None) -> tuple[Raster, float]:
    """Return what was read of a raw file as a picture, and by how many stops it was brightened.

    It is what the tool `DEVELOP` gives, to the last bit.

    Parameters
    ----------
    params : mapping, optional
        The tool's parameters; `DEFAULTS` for those that are not given. How the colour filter was undone (``demosaic``)
        was settled when the file was read.
    """
    import torch

    from desktop_app.numerics.developing import automatic_exposure, balance, developed

    wanted = {**DEFAULTS, **(params or {})}
    planes = torch.from_numpy(raster.planes())
    exposure = wanted["exposure"]
    stops = automatic_exposure(planes) if exposure is None else float(exposure)
    with torch.no_grad():
        made = developed(planes, balance(wanted["warmth"] or 0.0, wanted["tint"] or 0.0), stops,
                         wanted["highlights"] or 0.0)  # fmt: skip
    return from_planes(made.numpy(), raster.alpha, exact_16=True), stops

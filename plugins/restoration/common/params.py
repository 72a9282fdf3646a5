"""Parameters that several restorations have in common. Imports no torch, for descriptors."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator

from desktop_app.api import InputSpec, Params, param


def _expect_odd(value: int | None) -> int | None:
    if value is not None and value % 2 == 0:
        raise ValueError(f"expected an odd number of pixels, got {value}; use {value - 1} or {value + 1}")
    return value


Odd = Annotated[int, AfterValidator(_expect_odd)]
"""A side in pixels that has a middle."""
OddOrNone = Annotated[int | None, AfterValidator(_expect_odd)]
"""The same, or left to the method."""


NOISE_OF = "plugins.restoration.common.denoising:noise_of"
"""The `prepare` of a method that needs nothing else of the whole photo."""
WHITE_NOISE_OF = "plugins.restoration.common.denoising:white_noise_of"
"""The same for deblurring, which only white noise misleads: coarser grain is not counted when estimated."""
MASK_INPUT = InputSpec("mask", "mask", "white where the photo is to be filled", required=True)


class NoiseParams(Params):
    """White noise of one strength all over the photo; `plugins.restoration.common.denoising.noise_of` reads it."""

    sigma: float | None = param(None, title="Noise σ", unit="levels", ge=0, le=255, soft=(0, 75), step=0.5, help=(
        "Standard deviation of the noise; more smooths more and costs fine texture. Estimated when not given, coarse "
        "grain and what is left of it by JPEG included."
    ))


class ScaleParams(Params):
    """A photo with more pixels."""

    scale: Literal[2, 3, 4] = param(2, title="Scale", unit="×", help=(
        "How many times higher and wider the photo becomes; more has less to go by, and is softer or more invented."
    ))


def scale(params: ScaleParams) -> int:
    """Return how many times larger the photo becomes."""
    return params.scale

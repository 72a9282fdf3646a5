"""Wavelet shrinkage, as the tool list and the form see it."""

from __future__ import annotations

from typing import Literal

from desktop_app.api import Tool, param, provides
from plugins.restoration.common.keywords import DENOISE
from plugins.restoration.common.params import NoiseParams

_TAPS = {"haar": 2, "db2": 4, "sym4": 8}


class WaveletParams(NoiseParams):
    """Parameters of wavelet shrinkage."""

    rule: Literal["bayes", "visu"] = param("bayes", title="Rule", help=(
        "BayesShrink adapts to how busy each neighbourhood is; VisuShrink clears all noise and more detail."
    ))
    strength: float = param(1.0, title="Strength", ge=0, le=3, soft=(0.5, 1.5), step=0.05, help=(
        "Multiplies the thresholds; more is smoother."
    ))
    wavelet: Literal["haar", "db2", "sym4"] = param("db2", title="Wavelet", advanced=True, help=(
        "Haar is fastest and suits hard edges; db2 and sym4 are longer and suit soft ones."
    ))
    levels: int = param(4, title="Levels", unit="steps", ge=1, le=6, step=1, advanced=True, help=(
        "How many octaves of detail are cleaned; more also removes coarse blotches."
    ))
    window: int = param(6, title="Neighbourhood", unit="px", ge=1, le=20, step=1, advanced=True, help=(
        "Radius in which BayesShrink looks how busy a place is; larger is steadier and adapts less."
    ))


def window_radius(params: WaveletParams, level: int) -> int:
    """Return the neighbourhood's radius at a level, in pixels: coarse detail is known at fewer independent places."""
    return params.window + 2 * level if params.rule == "bayes" else 0


def margin(params: WaveletParams, level: int) -> int:
    """Return how far a pixel looks from a level on, in pixels: filters, wider at every level, and the last window."""
    octaves: int = 2**params.levels - 2**level
    span = (_TAPS[params.wavelet] - 1) * octaves
    return span + window_radius(params, params.levels - 1)


def reach(params: WaveletParams) -> int:
    """Return how far a pixel looks, in pixels."""
    return margin(params, 0)


verilens_tools = provides(__name__, Tool(
    id="denoise.wavelet", title="Wavelets", kind="restoration", version="1.0", params=WaveletParams,
    prepare=".algorithm:prepare", reach=reach, discrete=True, memory=6.0,
    keywords=DENOISE,
    summary="Removes noise by shrinking fine detail that is too weak to be told from it.",
    sources=(
        "Coifman, Donoho 1995, Translation-invariant de-noising, doi:10.1007/978-1-4612-2544-7_9",
        "Donoho, Johnstone 1994, Ideal spatial adaptation by wavelet shrinkage, doi:10.1093/biomet/81.3.425",
        "Chang, Yu, Vetterli 2000, Adaptive wavelet thresholding for image denoising and compression, "
        "doi:10.1109/83.862633",
        "Chang, Yu, Vetterli 2000, Spatially adaptive wavelet thresholding with context modeling for image "
        "denoising, doi:10.1109/83.862630",
    ),
))

"""Denoising in the cosine domain, as the tool list and the form see it."""

from __future__ import annotations

from typing import Literal

from desktop_app.api import Tool, param, provides
from plugins.restoration.common.keywords import DENOISE
from plugins.restoration.common.params import NOISE_OF, NoiseParams


class DctParams(NoiseParams):
    """Parameters of denoising in the cosine domain."""

    strength: float = param(2.7, title="Threshold", ge=0, le=6, soft=(1.5, 4), step=0.1, advanced=True, help=(
        "Below how many σ a frequency is taken for noise; more gives smoother areas and loses weak texture."
    ))
    patch_size: int = param(8, title="Patch size", unit="px", ge=2, le=24, soft=(4, 16), step=1, advanced=True, help=(
        "Side of the patches whose frequencies are looked at; larger smooths broad areas better and rings wider."
    ))
    stages: Literal["both", "first"] = param("both", title="Stages", advanced=True, help=(
        "Both filters again with the first result as a guide, for a better picture; the first alone is faster."
    ))


def reach(params: DctParams) -> int:
    """Return how far a pixel looks: to the far end of a patch, in each stage."""
    return (params.patch_size - 1) * (2 if params.stages == "both" else 1)


verilens_tools = provides(__name__, Tool(
    id="denoise.dct", title="Sliding DCT", kind="restoration", version="1.0", params=DctParams,
    prepare=NOISE_OF, reach=reach, discrete=True, memory=10.0,
    keywords=DENOISE,
    summary="Removes noise by keeping only the strong frequencies of every small patch.",
    sources=(
        "Yu, Sapiro 2011, DCT image denoising: a simple and effective image denoising algorithm, "
        "doi:10.5201/ipol.2011.ys-dct",
        "Guleryuz 2007, Weighted averaging for denoising with overcomplete dictionaries, "
        "doi:10.1109/TIP.2007.908078",
        "Ghael, Sayeed, Baraniuk 1997, Improved wavelet denoising via empirical Wiener filtering, "
        "doi:10.1117/12.292799",
    ),
))

"""K-SVD denoising, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Tool, param, provides
from plugins.restoration.common.keywords import DENOISE
from plugins.restoration.common.params import NoiseParams


class KsvdParams(NoiseParams):
    """Parameters of K-SVD denoising."""

    gain: float = param(1.15, title="Tolerance", ge=0.8, le=2, soft=(1, 1.4), step=0.01, advanced=True, help=(
        "How far a patch may stay from what was taken, as a multiple of the noise; more is smoother."
    ))
    rounds: int = param(20, title="Rounds of learning", ge=0, le=50, soft=(0, 30), advanced=True, help=(
        "More fit the dictionary closer to the photo's own texture and take longer; 0 keeps plain cosines."
    ))


PATCH = 8
"""Side of a patch in pixels; a pixel looks to the ends of the patches that hold it."""


verilens_tools = provides(__name__, Tool(
    id="denoise.ksvd", title="K-SVD dictionary", kind="restoration", version="1.1", params=KsvdParams,
    prepare=".algorithm:prepare", reach=PATCH - 1, align=2, discrete=True, memory=28.0,
    keywords=DENOISE,
    summary="Learns small building blocks from the photo and rebuilds it from as few as the noise allows.",
    sources=(
        "Elad, Aharon 2006, Image denoising via sparse and redundant representations over learned "
        "dictionaries, doi:10.1109/TIP.2006.881969",
        "Aharon, Elad, Bruckstein 2006, K-SVD, doi:10.1109/TSP.2006.881199",
        "Rubinstein, Zibulevsky, Elad 2008, Efficient implementation of the K-SVD algorithm using batch "
        "orthogonal matching pursuit, Technion CS-2008-08",
        "Mairal, Elad, Sapiro 2008, Sparse representation for color image restoration, "
        "doi:10.1109/TIP.2007.911828",
    ),
))

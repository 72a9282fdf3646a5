"""Analysis K-SVD denoising, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Tool, param, provides
from plugins.restoration.common.keywords import DENOISE
from plugins.restoration.common.params import NoiseParams

PATCH = 7
"""Side of a patch in pixels; a pixel looks to the ends of the patches that hold it."""


class AnalysisKsvdParams(NoiseParams):
    """Parameters of analysis K-SVD denoising."""

    threshold: float = param(2.7, title="Threshold", ge=0.5, le=6, soft=(2, 4), step=0.1, advanced=True, help=(
        "How much of a patch may be taken for noise in one direction, as a multiple of σ; more is smoother."
    ))
    rounds: int = param(8, title="Rounds of learning", ge=0, le=50, soft=(0, 15), advanced=True, help=(
        "More fit the dictionary closer to the photo's own texture and take longer; 0 keeps plain cosines."
    ))


verilens_tools = provides(__name__, Tool(
    id="denoise.analysis_ksvd", title="Analysis K-SVD", kind="restoration", version="1.1", params=AnalysisKsvdParams,
    prepare=".algorithm:prepare", reach=PATCH - 1, align=2, discrete=True, memory=12.0,
    keywords=DENOISE,
    summary="Learns from the photo what its patches do not contain, and removes just that.",
    sources=(
        "Rubinstein, Peleg, Elad 2013, Analysis K-SVD: a dictionary-learning algorithm for the analysis sparse "
        "model, doi:10.1109/TSP.2012.2226445",
    ),
))

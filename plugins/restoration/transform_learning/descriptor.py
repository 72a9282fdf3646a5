"""Transform-learning denoising, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Tool, param, provides
from plugins.restoration.common.keywords import DENOISE
from plugins.restoration.common.params import NoiseParams


class TransformLearningParams(NoiseParams):
    """Parameters of transform-learning denoising."""

    threshold: float = param(2.8, title="Threshold", ge=0.5, le=6, soft=(2, 4), step=0.1, advanced=True, help=(
        "How strong a component must be to stay, as a multiple of its noise; more is smoother."
    ))
    patch_size: int = param(8, title="Patch size", unit="px", ge=3, le=16, advanced=True, help=(
        "Side of a patch; larger keeps repeating texture better and blurs single details."
    ))
    rounds: int = param(20, title="Rounds of learning", ge=0, le=100, soft=(0, 40), advanced=True, help=(
        "More fit the transform closer to the photo's own texture and take longer; 0 keeps the cosine transform."
    ))


def reach(params: TransformLearningParams) -> int:
    """Return how far a pixel looks, in pixels: to the ends of the patches that hold it."""
    return params.patch_size - 1


verilens_tools = provides(__name__, Tool(
    id="denoise.transform_learning", title="Learnt transform", kind="restoration", version="1.1",
    params=TransformLearningParams, prepare=".algorithm:prepare", reach=reach, align=2, discrete=True, memory=10.0,
    keywords=DENOISE,
    summary="Learns from the photo how to tell its texture from noise, and drops what is too weak.",
    sources=(
        "Ravishankar, Bresler 2013, Learning sparsifying transforms, doi:10.1109/TSP.2012.2226449",
        "Ravishankar, Bresler 2015, ℓ0 sparsifying transform learning with efficient optimal updates and "
        "convergence guarantees, arXiv:1501.02859",
    ),
))

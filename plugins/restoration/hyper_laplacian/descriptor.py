"""Deblurring with hyper-Laplacian priors, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Tool, param, provides
from plugins.restoration.common.blurs import KERNEL_INPUT, SolvedDeblurParams
from plugins.restoration.common.keywords import DEBLUR


class HyperLaplacianParams(SolvedDeblurParams):
    """Parameters of deblurring with hyper-Laplacian priors."""

    exponent: float = param(0.8, title="Exponent α", ge=0.3, le=1, soft=(0.5, 1), step=0.05, advanced=True, help=(
        "Of the prior on gradients; raising it towards 1 gives softer, more natural transitions, lowering it "
        "fewer and harder edges."
    ))
    bending: float = param(0.5, title="Second differences", ge=0, le=10, soft=(0, 2), step=0.1, advanced=True, help=(
        "Weight of second beside first differences; more keeps soft shading from breaking into steps."
    ))


verilens_tools = provides(__name__, Tool(
    id="deblur.hyper_laplacian", title="Hyper-Laplacian priors", kind="restoration", version="1.0",
    params=HyperLaplacianParams, inputs=(KERNEL_INPUT,), memory=21.0,
    keywords=DEBLUR,
    summary="Undoes a known blur with what is known of edges in photos: few, and strong.",
    sources=(
        "Krishnan, Fergus 2009, Fast image deconvolution using hyper-Laplacian priors, "
        "https://papers.nips.cc/paper/3707",
        "Levin, Fergus, Durand, Freeman 2007, Image and depth from a conventional camera with a coded "
        "aperture, doi:10.1145/1276377.1276464",
        "Zuo et al. 2013, A generalized iterated shrinkage algorithm for non-convex sparse coding, "
        "doi:10.1109/ICCV.2013.34",
    ),
))

"""Richardson and Lucy's deblurring, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Tool, param, provides
from plugins.restoration.common.blurs import KERNEL_INPUT, BlurParams
from plugins.restoration.common.keywords import DEBLUR


class RichardsonLucyParams(BlurParams):
    """Parameters of Richardson and Lucy's deblurring."""

    iterations: int = param(30, title="Iterations", unit="steps", ge=1, le=1000, soft=(5, 100), step=1, help=(
        "How far the ascent goes, in steps of the plain method; further is sharper, with more noise and rings."
    ))
    variation: float = param(0.002, title="Total variation", ge=0, le=0.05, soft=(0, 0.02), step=0.0005, help=(
        "Weight of total variation; more keeps noise and rings down and flattens fine texture. 0 is the plain "
        "method."
    ))


verilens_tools = provides(__name__, Tool(
    id="deblur.richardson_lucy", title="Richardson-Lucy", kind="restoration", version="1.1",
    params=RichardsonLucyParams, inputs=(KERNEL_INPUT,), memory=16.0,
    keywords=DEBLUR,
    summary="Undoes a known blur step by step, as fits photos whose noise is that of counted light.",
    sources=(
        "Richardson 1972, Bayesian-based iterative method of image restoration, doi:10.1364/JOSA.62.000055",
        "Lucy 1974, An iterative technique for the rectification of observed distributions, "
        "doi:10.1086/111605",
        "Biggs, Andrews 1997, Acceleration of iterative image restoration algorithms, doi:10.1364/AO.36.001766",
        "Dey et al. 2006, Richardson-Lucy algorithm with total variation regularization for 3D confocal "
        "microscope deconvolution, doi:10.1002/jemt.20294",
        "Bertero, Boccacci 2005, A simple method for the reduction of boundary effects in the Richardson-Lucy "
        "approach to image deconvolution, doi:10.1051/0004-6361:20052717",
    ),
))

"""Plug-and-play restoration, as the tool list and the form see it."""

from __future__ import annotations

from typing import Literal

from desktop_app.api import InputSpec, Params, Tool, param, provides
from plugins.restoration.common.blurs import KERNEL_INPUT, DeblurParams


class _Undone(Params):
    """What is asked first: a base of its own, since a base's parameters come before those of the class."""

    degradation: Literal["blur", "downsampling", "holes", "noise"] = param("blur", title="What is undone", help=(
        "A known blur, a photo with too few pixels, parts that the mask marks as missing, or noise alone."
    ))


class PlugAndPlayParams(DeblurParams, _Undone):
    """Parameters of plug-and-play restoration."""

    shape: Literal["motion", "defocus", "gaussian"] = param(
        "motion", title="Blur", when={"degradation": ["blur"], "kernel": [None]},
        help="What kind of blur is undone when no kernel is given: a straight motion, a lens out of focus, a soft one.",
    )
    scale: Literal[2, 3, 4] = param(2, title="Scale", unit="×", when={"degradation": ["downsampling"]}, help=(
        "How many times higher and wider a photo with too few pixels becomes; more has to invent more."
    ))
    sigma: float | None = param(None, title="Noise σ", unit="levels", ge=0, le=255, soft=(0, 50), step=0.25, help=(
        "Standard deviation of the photo's noise; more gives a smoother result. When not given it is estimated "
        "of blurred and noisy photos, and taken for none of those with holes or too few pixels."
    ))
    iterations: int = param(12, title="Iterations", unit="steps", ge=1, le=100, soft=(4, 30), step=1, help=(
        "How often data and denoiser take turns; more come closer to what both agree on, and take longer."
    ))
    weight: float = param(0.6, title="Weight λ", ge=0.01, le=10, soft=(0.05, 1), log=True, advanced=True, help=(
        "How far the denoiser is trusted against the photo; more is smoother."
    ))
    start: float = param(
        25.0, title="First level", unit="levels", ge=1, le=255, soft=(10, 80), step=1, advanced=True,
        help="Noise level at which the denoiser begins; more removes stronger artefacts of the first estimate.",
    )


def scale(params: PlugAndPlayParams) -> int:
    """Return how many times larger the photo becomes."""
    return params.scale if params.degradation == "downsampling" else 1


verilens_tools = provides(__name__, Tool(
    id="restore.pnp", title="Plug and play", kind="restoration", version="1.0", params=PlugAndPlayParams, scale=scale,
    inputs=(
        KERNEL_INPUT,
        InputSpec("mask", "mask", "White where the photo is to be filled; needed to undo holes."),
    ),
    subjects=("restoration",), memory=40.0,
    keywords=("noise", "blur", "enlarge", "fill", "any damage", "several at once"),
    summary="Undoes blur, too few pixels, holes or noise with any denoiser as its idea of a good photo.",
    sources=(
        "Venkatakrishnan, Bouman, Wohlberg 2013, Plug-and-Play priors for model based reconstruction, "
        "doi:10.1109/GlobalSIP.2013.6737048",
        "Zhang et al. 2021, Plug-and-Play image restoration with deep denoiser prior, arXiv:2008.13751",
        "Zhao et al. 2016, Fast single image super-resolution using a new analytical solution for l2-l2 "
        "problems, doi:10.1109/TIP.2016.2567075",
    ),
))

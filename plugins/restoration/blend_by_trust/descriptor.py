"""Blending by trust, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import InputSpec, Params, Tool, param, provides


class BlendByTrustParams(Params):
    """Parameters of blending by trust."""

    threshold: float = param(6.0, title="Trusted below", unit="levels", ge=0, le=255, soft=(0, 30), step=0.25, help=(
        "The doubt at which half of the restoration is kept; more keeps it in more places."
    ))
    softness: float = param(4.0, title="Softness", unit="levels", ge=0, le=255, soft=(0, 30), step=0.25, help=(
        "Over how many levels of doubt the restoration fades into the photo; more makes the change less visible, none "
        "cuts."
    ))


verilens_tools = provides(__name__, Tool(
    id="enhance.blend_by_trust", title="Blend by trust", kind="restoration", version="1.0", params=BlendByTrustParams,
    inputs=(
        InputSpec("restored", "image", "The restoration of this photo; without one, the chosen tool makes it."),
        InputSpec("map", "map", (
            "Its map of doubt in 8-bit levels, as --maps or Save map writes it (.tif); without one, the error that is "
            "to be expected by the look of the result."
        )),
    ),
    subjects=("restoration",), memory=40.0,
    keywords=("trust", "doubt", "mask", "mix", "fade", "keep the original", "made up", "uncertainty"),
    summary="Keeps a restoration where it is sure, and fades to the photo itself where it guesses.",
    sources=(
        "Perlin 1985, An image synthesizer (the smooth step), doi:10.1145/325165.325247",
        "Kendall, Gal 2017, What uncertainties do we need in Bayesian deep learning for computer vision?, "
        "arXiv:1703.04977",
    ),
))

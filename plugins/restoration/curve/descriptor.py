"""The learnt curves and their network, as tool list, form and model picker see them."""

from __future__ import annotations

from typing import Literal

from desktop_app.api import Params, Tool, param, provides
from plugins.restoration.common.keywords import LOWLIGHT
from plugins.restoration.common.learnt import provides_network

NETWORK = "lowlight.curve_net"


class CurveParams(Params):
    """Parameters of the learnt curves."""

    strength: float = param(
        100.0, title="Strength", unit="%", ge=0, le=100, step=1,
        help="How far the curves that the network found are bent; less is nearer to the photo as it was.",
    )
    denoiser: Literal["none", "denoise.deep", "denoise.nlm"] = param("denoise.deep", title="Denoise with", help=(
        "Removes the noise that the curves would bring out; the more, the further a place is lifted."
    ))
    sigma: float | None = param(
        None, title="Noise σ", unit="levels", ge=0, le=255, soft=(0, 50), step=0.5, advanced=True,
        when={"denoiser": ["denoise.deep", "denoise.nlm"]},
        help="Noise of the photo as it is, for the denoiser; more smooths more. Estimated when not given.",
    )


verilens_tools = provides(__name__, Tool(
    id="lowlight.curve", title="Brighten: learnt curves", kind="restoration", version="1.1", params=CurveParams,
    models=(NETWORK,), differentiable=True, encoding="srgb", memory=8.0,
    keywords=(*LOWLIGHT, "AI", "neural network", "curves"),
    summary="Brightens a photo by tone curves for each place, which a small network finds at a glance.",
    sources=(
        "Guo et al. 2020, Zero-reference deep curve estimation for low-light image enhancement, arXiv:2001.06826",
    ),
))

verilens_models = provides_network(
    "lowlight_curve", id=NETWORK, title="Learnt curves", summary="Finds tone curves for dark photos.",
)

"""LIME, as the tool list and the form see it."""

from __future__ import annotations

from typing import Literal

from desktop_app.api import Params, Tool, param, provides
from plugins.restoration.common.keywords import LOWLIGHT


class LimeParams(Params):
    """Parameters of LIME."""

    gamma: float = param(0.6, title="Strength γ", ge=0, le=1, step=0.05, help=(
        "Power of the illumination that is divided out; more opens the shadows further, 0 leaves the photo alone."
    ))
    smoothness: float = param(0.3, title="Smoothness α", ge=0, le=10, soft=(0.01, 1), log=True, advanced=True, help=(
        "How even the light is taken to be within an object; more keeps texture stronger, too much makes halos."
    ))
    darkest: float = param(
        0.1, title="Darkest light", ge=0.001, le=1, soft=(0.01, 0.3), step=0.01, advanced=True,
        help="Light that no place is taken to lie below; more leaves the deepest shadows, and their noise, dark.",
    )
    denoiser: Literal["none", "denoise.deep", "denoise.nlm", "denoise.bm3d"] = param(
        "denoise.deep", title="Denoise with",
        help="Removes the noise that brightening brings out; the more, the darker a place was.",
    )
    sigma: float | None = param(
        None, title="Noise σ", unit="levels", ge=0, le=255, soft=(0, 50), step=0.5, advanced=True,
        when={"denoiser": ["denoise.deep", "denoise.nlm", "denoise.bm3d"]},
        help="Noise of the photo as it is, for the denoiser; more smooths more. Estimated when not given.",
    )


verilens_tools = provides(__name__, Tool(
    id="lowlight.lime", title="Brighten: illumination map (LIME)", kind="restoration", version="1.1", params=LimeParams,
    encoding="srgb", memory=8.0,
    keywords=LOWLIGHT, recommended_for="Brighten a dark photo",
    summary="Finds out how much light falls on each object, and brightens what stands in the dark.",
    sources=(
        "Guo, Li, Ling 2017, LIME: Low-light image enhancement via illumination map estimation, "
        "doi:10.1109/TIP.2016.2639450",
        "He, Sun 2015, Fast guided filter, arXiv:1505.00996",
    ),
))

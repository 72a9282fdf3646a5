"""Inpainting with patches, as the tool list and the form see it."""

from __future__ import annotations

from typing import Literal

from desktop_app.api import Params, Tool, param, provides
from plugins.restoration.common.keywords import OBJECTS
from plugins.restoration.common.params import MASK_INPUT, Odd


class PatchMatchParams(Params):
    """Parameters of inpainting with patches."""

    patch_size: Odd = param(7, title="Patch size", unit="px", ge=3, le=15, step=2, help=(
        "Side of the patches, an odd number; larger keeps larger structures whole, smaller fits fine texture."
    ))
    search: int = param(160, title="Search", unit="px", ge=8, le=4000, soft=(50, 500), step=10, help=(
        "How far around a hole patches are taken from; more has more choice and takes longer."
    ))
    votes: Literal["automatic", "mean", "best"] = param("automatic", title="Votes", help=(
        "Mean: all patches over a pixel are averaged, soft and close to the truth; best: the surest one alone "
        "decides, every pixel is one of the photo's. Automatic averages, in deep holes only what is nearly as sure."
    ))
    rounds: int = param(6, title="Rounds", unit="steps", ge=1, le=30, advanced=True, help=(
        "How often the fill is improved at each scale; more is more consistent and takes longer."
    ))


verilens_tools = provides(__name__, Tool(
    id="inpaint.patchmatch", title="Fill with texture", kind="restoration", version="1.0", params=PatchMatchParams,
    inputs=(MASK_INPUT,), discrete=True, memory=30.0,
    keywords=OBJECTS, recommended_for="Remove objects and scratches",
    summary="Fills large holes, and removes things, with patches that look alike from elsewhere in the photo.",
    sources=(
        "Barnes, Shechtman, Finkelstein, Goldman 2009, PatchMatch, doi:10.1145/1531326.1531330",
        "Wexler, Shechtman, Irani 2007, Space-time completion of video, doi:10.1109/TPAMI.2007.60",
        "Newson et al. 2017, Non-local patch-based image inpainting, doi:10.5201/ipol.2017.189",
        "Darabi et al. 2012, Image melding, doi:10.1145/2185520.2185578",
        "Pérez, Gangnet, Blake 2003, Poisson image editing, doi:10.1145/882262.882269",
    ),
))

"""Blind deblurring of camera rotation, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Tool, param, provides
from plugins.restoration.common.blind_params import EdgePriceParams
from plugins.restoration.common.keywords import SHAKE
from plugins.restoration.common.params import WHITE_NOISE_OF


class BlindNonuniformParams(EdgePriceParams):
    """Parameters of blind deblurring of camera rotation."""

    max_roll: float = param(2.0, title="Largest roll", unit="°", ge=0.0, le=15.0, soft=(0.0, 5.0), step=0.25, help=(
        "How far the camera may have rolled about the view to either side; more undoes blurs that grow towards "
        "the corners and takes longer. 0 allows pitch and yaw only."
    ))
    focal_length: float = param(
        1.2, title="Focal length", unit="× long side", ge=0.3, le=50.0, soft=(0.5, 5.0), log=True, advanced=True,
        help="Of the lens, in multiples of the photo's longer side (millimetres for full frame, divided by 36); more "
        "makes pitch and yaw blur centre and corners alike.",
    )
    may_be_uniform: bool = param(True, title="May be uniform", advanced=True, help=(
        "Whether a single kernel for the whole photo, or none, is taken where it explains the photo better. "
        "Switch it off for a camera that surely rolled."
    ))


verilens_tools = provides(__name__, Tool(
    id="deblur.blind_nonuniform", title="Blind deblur (camera rotation)", kind="restoration", version="1.0",
    params=BlindNonuniformParams, prepare=WHITE_NOISE_OF, memory=8.0,
    keywords=SHAKE,
    summary="Finds out how the camera turned, and takes away a blur that differs from centre to corners.",
    sources=(
        "Whyte, Sivic, Zisserman, Ponce 2012, Non-uniform deblurring for shaken images, "
        "doi:10.1007/s11263-011-0502-7",
        "Hirsch, Schuler, Harmeling, Schölkopf 2011, Fast removal of non-uniform camera shake, "
        "doi:10.1109/ICCV.2011.6126276",
        "Xu, Zheng, Jia 2013, Unnatural L0 sparse representation for natural image deblurring, "
        "doi:10.1109/CVPR.2013.147",
    ),
))

"""Inpainting by marching inwards, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Params, Tool, param, provides
from plugins.restoration.common.keywords import INPAINT
from plugins.restoration.common.params import MASK_INPUT


class TeleaParams(Params):
    """Parameters of inpainting by marching inwards."""

    radius: int = param(4, title="Radius", unit="px", ge=1, le=32, soft=(2, 12), help=(
        "How far around a pixel its value is gathered; more is smoother and takes longer."
    ))


verilens_tools = provides(__name__, Tool(
    id="inpaint.telea", title="Fill from the rim", kind="restoration", version="1.0", params=TeleaParams,
    inputs=(MASK_INPUT,), memory=10.0,
    keywords=INPAINT,
    summary="Fills scratches, dust and writing quickly, from the rim of each hole inwards.",
    sources=(
        "Telea 2004, An image inpainting technique based on the fast marching method, "
        "doi:10.1080/10867651.2004.10487596",
    ),
))

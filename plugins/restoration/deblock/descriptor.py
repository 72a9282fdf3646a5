"""Removal of JPEG blocks, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Params, Tool, param, provides
from plugins.restoration.common.keywords import JPEG

PATCH = 8
CHROMA_PATCH = 16  # colours are mostly stored at half size: their blocks are twice as large


class DeblockParams(Params):
    """Parameters of the removal of JPEG blocks."""

    quality: int | None = param(None, title="JPEG quality", ge=1, le=100, step=1, help=(
        "Quality that the photo was saved with; a higher one removes less. Read off the photo when not given."
    ))
    strength: float = param(1.0, title="Strength", ge=0, le=3, soft=(0.5, 1.5), step=0.05, help=(
        "How strong the blocks and ringing are taken to be; more is smoother."
    ))


def reach(params: DeblockParams) -> int:  # noqa: ARG001 - the same for all
    """Return how far a pixel looks: through its block to the far end of a patch, in each of two stages."""
    return PATCH - 1 + 2 * (CHROMA_PATCH - 1)


verilens_tools = provides(__name__, Tool(
    id="denoise.deblock", title="Remove JPEG blocks", kind="restoration", version="1.0", params=DeblockParams,
    prepare=".algorithm:prepare", reach=reach, align=8, discrete=True, memory=10.0,
    keywords=JPEG,
    summary="Smooths the blocks and ringing that strong JPEG compression leaves.",
    sources=(
        "Foi, Katkovnik, Egiazarian 2007, Pointwise shape-adaptive DCT for high-quality denoising and "
        "deblocking of grayscale and color images, doi:10.1109/TIP.2007.891788",
        "Park, Lee 1999, Theory of projection onto the narrow quantization constraint set and its application, "
        "doi:10.1109/83.791966",
        "Fan, de Queiroz 2003, Identification of bitmap compression history: JPEG detection and quantizer "
        "estimation, doi:10.1109/TIP.2002.807361",
    ),
))

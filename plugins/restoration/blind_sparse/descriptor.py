"""Blind deblurring by normalised sparsity, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Tool, param, provides
from plugins.restoration.common.blind_params import LAST_STEP, BlindParams
from plugins.restoration.common.keywords import SHAKE
from plugins.restoration.common.params import WHITE_NOISE_OF


class BlindSparseParams(BlindParams):
    """Parameters of blind deblurring by normalised sparsity."""

    sparsity: float = param(0.28, title="Sparsity", ge=0.01, le=2.0, soft=(0.1, 1.0), log=True, advanced=True, help=(
        "How strong an edge has to be to help find the blur, against the photo's usual edges; more trusts only "
        "the strongest."
    ))
    steps: int = param(12, title="Steps", unit="steps", ge=1, le=50, advanced=True, help=(
        "Of shrinkage for every guess of the edges; more makes them sharper and takes longer."
    ))


verilens_tools = provides(__name__, Tool(
    id="deblur.blind_sparse", title="Blind deblur (normalised sparsity)", kind="restoration", version="1.0",
    params=BlindSparseParams, prepare=WHITE_NOISE_OF, memory=24.0,
    keywords=SHAKE,
    summary="Finds the shake under which the photo's edges become few and strong, and takes the blur away.",
    sources=(
        "Krishnan, Tay, Fergus 2011, Blind deconvolution using a normalized sparsity measure, "
        "doi:10.1109/CVPR.2011.5995521",
        LAST_STEP,
    ),
))

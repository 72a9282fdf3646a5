"""Blind deblurring by L0 sparsity, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Tool, provides
from plugins.restoration.common.blind_params import LAST_STEP, EdgePriceParams
from plugins.restoration.common.keywords import SHAKE
from plugins.restoration.common.params import WHITE_NOISE_OF

verilens_tools = provides(__name__, Tool(
    id="deblur.blind_l0", title="Blind deblur (L0)", kind="restoration", version="1.0", params=EdgePriceParams,
    prepare=WHITE_NOISE_OF, memory=24.0,
    keywords=SHAKE, recommended_for="Sharpen a blurred photo",
    summary="Finds out how the camera shook from the few strongest edges, and takes the blur away.",
    sources=(
        "Xu, Zheng, Jia 2013, Unnatural L0 sparse representation for natural image deblurring, "
        "doi:10.1109/CVPR.2013.147",
        "Pan, Hu, Su, Yang 2014, Deblurring text images via L0-regularized intensity and gradient prior, "
        "doi:10.1109/CVPR.2014.371",
        LAST_STEP,
    ),
))

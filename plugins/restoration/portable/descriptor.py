"""Enhancement of medical, infrared and many-band pictures, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Tool, provides
from plugins.restoration.common.keywords import DENOISE
from plugins.restoration.common.learnt import StrengthParams
from plugins.restoration.common.sizes import ALIGN, REACH

NETWORK = "denoise.deep_unet"

verilens_tools = provides(__name__, Tool(
    id="enhance.portable", title="Any picture, each channel by itself", kind="restoration", version="1.0",
    params=StrengthParams, prepare=".algorithm:prepare", reach=REACH, align=ALIGN, models=(NETWORK,), memory=50.0,
    keywords=(
        *DENOISE, "medical", "x-ray", "X-ray", "radiograph", "CT", "MRI", "ultrasound", "microscopy", "infrared",
        "thermal", "multispectral", "hyperspectral", "satellite", "bands", "false colour", "depth map", "16 bit",
    ),
    summary="Takes noise from X-rays, infrared and many-band pictures: each channel as a grey photo, in its own range.",
    sources=(
        "Zhang, Zuo, Zhang 2018, FFDNet: Toward a fast and flexible solution for CNN based image denoising, "
        "arXiv:1710.04026 (a network that is told the noise of each pixel)",
        "Foi, Trimeche, Katkovnik, Egiazarian 2008, Practical Poissonian-Gaussian noise modeling and fitting for "
        "single-image raw-data, doi:10.1109/TIP.2008.2001399",
    ),
))

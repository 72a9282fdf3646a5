"""Denoising by a network that gives the noise, as tool list, form and model picker see it."""

from __future__ import annotations

from desktop_app.api import Tool, provides
from plugins.restoration.common.keywords import DENOISE
from plugins.restoration.common.learnt import StrengthParams, provides_network

NETWORK = "denoise.dncnn_net"
ALIGN, REACH = 2, 36

verilens_tools = provides(__name__, Tool(
    id="denoise.dncnn", title="DnCNN", kind="restoration", version="1.0", params=StrengthParams,
    reach=REACH, align=ALIGN, models=(NETWORK,), differentiable=True, memory=40.0,
    keywords=(*DENOISE, "AI", "neural network", "deep learning"),
    summary="Removes noise of any strength with a deep network that has learnt what noise looks like.",
    sources=(
        "Zhang, Zuo, Chen, Meng, Zhang 2017, Beyond a Gaussian denoiser: residual learning of deep CNN for image "
        "denoising, arXiv:1608.03981",
        "Mohan, Kadkhodaie, Simoncelli, Fernandez-Granda 2020, Robust and interpretable blind image denoising via "
        "bias-free convolutional neural networks, arXiv:1906.05478",
    ),
))

verilens_models = provides_network(
    "denoise_dncnn", id=NETWORK, title="DnCNN",
    summary="Finds the noise by itself: grey photos with noise of σ 25 come out at {grey25:.1f} dB.",
)

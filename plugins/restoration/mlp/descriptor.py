"""Denoising by a plain network of patches, as tool list, form and model picker see it."""

from __future__ import annotations

from desktop_app.api import Tool, provides
from plugins.restoration.common.keywords import DENOISE
from plugins.restoration.common.learnt import provides_network
from plugins.restoration.common.params import NOISE_OF, NoiseParams

NETWORK = "denoise.mlp_net"
ALIGN, REACH = 3, 15

verilens_tools = provides(__name__, Tool(
    id="denoise.mlp", title="Multi-layer perceptron", kind="restoration", version="1.0", params=NoiseParams,
    prepare=NOISE_OF, reach=REACH, align=ALIGN, models=(NETWORK,), differentiable=True, memory=120.0,
    keywords=(*DENOISE, "AI", "neural network", "deep learning"),
    summary="Removes noise with a plain network that has learnt what clean patches of photos look like.",
    sources=(
        "Burger, Schuler, Harmeling 2012, Image denoising: Can plain neural networks compete with BM3D?, "
        "doi:10.1109/CVPR.2012.6247952",
    ),
))

verilens_models = provides_network(
    "denoise_mlp", id=NETWORK, title="Multi-layer perceptron",
    summary="Patch by patch: grey photos with noise of σ 25 come out at {grey25:.1f} dB.",
)

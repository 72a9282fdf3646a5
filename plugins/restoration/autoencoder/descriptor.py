"""Denoising by an autoencoder, as tool list, form and model picker see it."""

from __future__ import annotations

from desktop_app.api import Tool, provides
from plugins.restoration.common.keywords import DENOISE
from plugins.restoration.common.learnt import StrengthParams, provides_network

NETWORK = "denoise.autoencoder_net"
ALIGN, REACH = 4, 32

verilens_tools = provides(__name__, Tool(
    id="denoise.autoencoder", title="Autoencoder", kind="restoration", version="1.0", params=StrengthParams,
    reach=REACH, align=ALIGN, models=(NETWORK,), differentiable=True, memory=40.0,
    keywords=(*DENOISE, "AI", "neural network", "deep learning"),
    summary="Removes noise of any strength with a network that encodes the photo and decodes it clean.",
    sources=(
        "Vincent, Larochelle, Bengio, Manzagol 2008, Extracting and composing robust features with denoising "
        "autoencoders, doi:10.1145/1390156.1390294",
        "Xie, Xu, Chen 2012, Image denoising and inpainting with deep neural networks, NIPS",
    ),
))

verilens_models = provides_network(
    "denoise_autoencoder", id=NETWORK, title="Autoencoder",
    summary="Encodes and decodes: grey photos with noise of σ 25 come out at {grey25:.1f} dB.",
)

"""The tool that runs a restoring network, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import InputSpec, Params, Tool, param, provides


class ModelParams(Params):
    """Parameters of a restoration by a network."""

    network: str = param("denoise.deep_blind", title="Model", help=(
        "The network that restores the photo: one that came with the program or a plugin, or that you added."
    ))
    strength: float = param(100.0, title="Strength", unit="%", ge=0, le=100, step=1, help=(
        "How much of what the network changed is kept; less leaves more of the photo, enlarged smoothly where needed."
    ))


verilens_tools = provides(__name__, Tool(
    id="restore.model", title="Restoration model", kind="restoration", version="1.0", params=ModelParams,
    network="network", differentiable=True, encoding="srgb", memory=40.0,
    inputs=(InputSpec("mask", "mask", "White where the photo is to be filled, for networks that fill holes."),),
    keywords=("AI", "neural network", "deep learning", "my own model", "ESRGAN", "upscale", "noise", "blur", "JPEG"),
    summary="Restores a photo with a network of your choice: enlarges it, removes noise, JPEG's traces or blur.",
    sources=(
        "Wang et al. 2018, ESRGAN: Enhanced super-resolution generative adversarial networks, arXiv:1809.00219",
    ),
))

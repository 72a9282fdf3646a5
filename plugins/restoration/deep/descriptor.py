"""The learnt denoiser and its network, as tool list, form and model picker see them."""

from __future__ import annotations

from typing import Literal

from desktop_app.api import Model, Params, Tool, bundled_network, hookimpl, param, provides
from plugins.restoration.common.keywords import DENOISE
from plugins.restoration.common.params import NOISE_OF
from plugins.restoration.common.sizes import ALIGN, REACH

NETWORK = "denoise.deep_unet"
BLIND = "denoise.deep_blind"


class DeepDenoiserParams(Params):
    """Parameters of the learnt denoiser."""

    removed: Literal["noise", "any"] = param(
        "noise", title="What is removed",
        help="Noise: grain of the strength below. Any: whatever the network takes for damage, JPEG's blocks and specks "
        "too; it may take fine texture for grain.",
    )
    sigma: float | None = param(
        None, title="Noise σ", unit="levels", ge=0, le=255, soft=(0, 75), step=0.5, when={"removed": ["noise"]},
        help="Standard deviation of the noise; more smooths more and costs fine texture. Estimated when not given.",
    )
    strength: float = param(
        100.0, title="Strength", unit="%", ge=0, le=100, step=1,
        help="How much of what the network changed is kept; less leaves some of the grain.",
    )


verilens_tools = provides(__name__, Tool(
    id="denoise.deep", title="Learnt denoiser", kind="restoration", version="1.0",
    keywords=DENOISE, recommended_for="Remove noise",
    summary="Removes noise with a network that has seen many photos, and shows where it was unsure.",
    params=DeepDenoiserParams, prepare=NOISE_OF, reach=REACH, align=ALIGN, models=(NETWORK,), differentiable=True,
    memory=40.0,
    sources=(
        "Zhang, Zuo, Zhang 2018, FFDNet: Toward a fast and flexible solution for CNN based image denoising, "
        "arXiv:1710.04026",
        "Mohan, Kadkhodaie, Simoncelli, Fernandez-Granda 2020, Robust and interpretable blind image denoising via "
        "bias-free convolutional neural networks, arXiv:1906.05478",
        "Kendall, Gal 2017, What uncertainties do we need in Bayesian deep learning for computer vision?, "
        "arXiv:1703.04977",
    ),
))


@hookimpl
def verilens_models() -> list[Model]:
    """Return the tool's network, told the noise and finding it; the figures are those of its model card.

    Raises
    ------
    InputError
        If the installation lacks the card or the weights.
    """
    card, files = bundled_network("denoise_deep")
    blind = {"builder": "plugins.restoration.deep.network:build_blind"}
    return [
        Model(
            id=NETWORK,
            title="Learnt denoiser",
            task="network",
            **files,
            summary=f"Grey photos with noise of σ 25 come out at {card['figures']['grey25']:.1f} dB.",
        ),
        Model(
            id=BLIND,
            title="Learnt denoiser, blind",
            task="restoration",
            **{**files, **blind},
            reach=REACH,
            keys=("log_variance", "stem.weight", "up_fine.1.second.weight", "head.weight"),
            multiple=ALIGN,
            commercial="yes",
            summary="Removes noise, JPEG's blocks and specks without being told of them.",
        ),
    ]

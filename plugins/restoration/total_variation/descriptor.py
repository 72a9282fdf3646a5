"""Total variation, as the tool list and the form see it."""

from __future__ import annotations

from typing import Literal

from desktop_app.api import Tool, param, provides
from plugins.restoration.common.keywords import DENOISE
from plugins.restoration.common.params import NoiseParams

_FEWEST, _MOST = 16, 60  # steps, where they are chosen by the weight


class TotalVariationParams(NoiseParams):
    """Parameters of total variation."""

    strength: float = param(1.0, title="Strength", ge=0, le=10, soft=(0.2, 2), step=0.05, help=(
        "Weight of smoothness, as a multiple of what suits the photo and its noise; more flattens texture into "
        "smooth areas between sharp edges."
    ))
    iterations: int | None = param(
        None, title="Iterations", unit="steps", ge=1, le=500, soft=(10, 100), step=1, advanced=True,
        help="Steps of the solver; more come closer to the exact minimum and take longer. When not given 16 to 60: "
        "more under strong noise.",
    )
    variation: Literal["isotropic", "anisotropic"] = param("isotropic", title="Variation", advanced=True, help=(
        "Isotropic treats all edges alike and couples the two opponent colours; anisotropic favours upright and level "
        "edges."
    ))


def iterations_for(params: TotalVariationParams, weight: float) -> int:
    """Return the steps of the solver: from far smoothing the minimum lies further. `weight` is λ in 8-bit levels."""
    return params.iterations or min(_FEWEST + round(weight / 2.0), _MOST)


def reach(params: TotalVariationParams) -> int:
    """Return how far a pixel looks: one pixel further with every iteration."""
    return (params.iterations or _MOST) + 1


verilens_tools = provides(__name__, Tool(
    id="denoise.tv", title="Total variation", kind="restoration", version="1.0", params=TotalVariationParams,
    prepare=".algorithm:prepare", reach=reach, memory=8.0,
    keywords=DENOISE,
    summary="Removes noise by making the photo as smooth as its edges allow.",
    sources=(
        "Rudin, Osher, Fatemi 1992, Nonlinear total variation, doi:10.1016/0167-2789(92)90242-F",
        "Chambolle 2004, An algorithm for total variation minimization, doi:10.1023/B:JMIV.0000011325.36760.1e",
        "Beck, Teboulle 2009, Fast gradient-based algorithms for constrained total variation image denoising "
        "and deblurring, doi:10.1109/TIP.2009.2028250",
        "Bresson, Chan 2008, Fast dual minimization of the vectorial total variation norm, "
        "doi:10.3934/ipi.2008.2.455",
    ),
))

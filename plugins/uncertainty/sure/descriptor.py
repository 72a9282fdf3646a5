"""Stein's estimate of the risk, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Params, Tool, param, provides


class SureParams(Params):
    """Parameters of Stein's estimate."""

    sigma: float | None = param(None, title="Noise σ", unit="levels", ge=0.1, le=255, soft=(1, 75), step=0.5, help=(
        "Standard deviation of the photo's white Gaussian noise; more lets the same change count as less of an error. "
        "Estimated when not given."
    ))
    probes: int = param(4, title="Probes", ge=1, le=64, soft=(1, 16), step=1, help=(
        "How often the denoiser is asked what it makes of a tiny change; more gives a steadier map and takes longer."
    ))
    radius: int = param(12, title="Window", unit="px", ge=1, le=64, soft=(4, 32), step=1, help=(
        "Radius of the window over which the map is averaged; more is steadier and blurs the map."
    ))


verilens_tools = provides(__name__, Tool(
    id="uncertainty.sure", title="Stein's estimate of the error", kind="uncertainty", version="1.0", params=SureParams,
    subjects=("restoration",), stochastic=True, memory=16.0,
    keywords=("sure", "error", "risk", "how good", "without truth"),
    summary="Estimates how far a denoised photo is off, without knowing the truth, where the noise is white.",
    sources=(
        "Stein 1981, Estimation of the mean of a multivariate normal distribution, doi:10.1214/aos/1176345632",
        "Ramani, Blu, Unser 2008, Monte-Carlo SURE, doi:10.1109/TIP.2008.2001404",
    ),
))

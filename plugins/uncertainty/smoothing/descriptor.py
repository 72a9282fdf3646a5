"""Randomised smoothing, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Params, Tool, param, provides


class SmoothingParams(Params):
    """Parameters of randomised smoothing."""

    sigma: float = param(32.0, title="Noise σ", unit="levels", ge=0.5, le=255, soft=(4, 128), step=1, help=(
        "How strong the noise is that is added to the photo; more allows a larger radius, and loses detail."
    ))
    draws: int = param(1000, title="Draws", ge=10, le=1_000_000, soft=(100, 100_000), log=True, help=(
        "How often the model is asked about the photo with other noise; more certify a larger radius, and take longer."
    ))
    first_draws: int = param(100, title="Draws to choose by", ge=10, le=10_000, soft=(10, 1000), advanced=True, help=(
        "How often it is asked beforehand, to choose the answer that is then certified; more choose more surely."
    ))
    risk: float = param(0.001, title="Risk", ge=1e-6, le=0.5, soft=(0.0001, 0.1), log=True, help=(
        "The chance that the certificate is wrong; a smaller one makes the radius smaller."
    ))


verilens_tools = provides(__name__, Tool(
    id="defend.smoothing", title="Certified by noise", kind="uncertainty", version="1.0", params=SmoothingParams,
    subjects=("classifier",), stochastic=True, discrete=True, memory=24.0,
    keywords=("robust", "certificate", "guarantee", "defence", "randomised smoothing", "radius"),
    summary="Asks a classifier about the photo under noise, and says within which radius the answer cannot change.",
    sources=(
        "Cohen, Rosenfeld, Kolter 2019, Certified adversarial robustness via randomized smoothing, arXiv:1902.02918",
    ),
))

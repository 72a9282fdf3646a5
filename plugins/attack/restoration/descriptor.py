"""The attack on a restoration, as the tool list and the form see it."""

from __future__ import annotations

from typing import Literal

from desktop_app.api import BallParams, InputSpec, Tool, param, provides


class RestorationParams(BallParams):
    """How large the noise is, and how long the worst is looked for."""

    norm: Literal["linf", "l2"] = param("linf", title="Norm", help=(
        "How the change is measured: the largest change of any value, or the root of the sum of squares."
    ))
    eps: float = param(
        1.0, title="Budget ε", unit="levels", ge=0, le=100_000, soft=(0, 8), step=0.25,
        help="How far the attack may move the photo, in 8-bit levels; more is more visible and spoils more.",
    )
    slope: Literal["automatic", "exact", "straight-through"] = param("automatic", title="Slope", advanced=True, help=(
        "The restoration's own gradient where it has one, else as if it left everything as it is (BPDA)."
    ))
    steps: int = param(20, title="Steps", unit="steps", ge=1, le=300, soft=(5, 100), help=(
        "How often the restoration is asked for a worse noise; more find a worse one and take longer."
    ))
    restarts: int = param(3, title="Restarts", ge=1, le=20, soft=(1, 6), advanced=True, help=(
        "How many times to begin anew, each time with coarser random noise; the worst is kept."
    ))


verilens_tools = provides(__name__, Tool(
    id="attack.restoration", title="Spoil a restoration", kind="attack", version="1.0", params=RestorationParams,
    subjects=("restoration",), stochastic=True, memory=24.0,
    inputs=(InputSpec("reference", "reference", "The true photo: what is restored is moved away from it, rather than "
                      "from what the restoration makes of the photo as it is."),),
    keywords=("adversarial", "denoiser", "robust", "worst noise", "stability"),
    summary="Looks for the faint noise that spoils what a restoration makes of the photo the most.",
    sources=(
        "Antun, Renna, Poon, Adcock, Hansen 2020, On instabilities of deep learning in image reconstruction, "
        "doi:10.1073/pnas.1907377117",
        "Athalye, Carlini, Wagner 2018, Obfuscated gradients give a false sense of security, arXiv:1802.00420",
    ),
))  # fmt: skip

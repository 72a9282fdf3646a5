"""A certificate by bound propagation, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Params, Tool, param, provides


class BoundsParams(Params):
    """Parameters of a certificate by bound propagation."""

    most: float = param(8.0, title="Largest change", unit="levels", ge=0.1, le=255, soft=(1, 64), step=1, help=(
        "The largest change that is tried; the certificate is not looked for beyond it."
    ))
    halvings: int = param(8, title="Halvings", ge=1, le=20, soft=(4, 12), help=(
        "How often the interval that holds the certified change is halved; more come nearer to it, and take longer."
    ))


verilens_tools = provides(__name__, Tool(
    id="defend.bounds", title="Certified by bounds", kind="uncertainty", version="1.0", params=BoundsParams,
    subjects=("classifier",), usual_model="classify.cifar10_provable", memory=64.0,
    keywords=("robust", "certificate", "guarantee", "verification", "crown", "IBP", "relu", "proof"),
    summary="Proves up to which change of every pixel a small ReLU network keeps its answer.",
    sources=(
        "Gowal et al. 2018, On the effectiveness of interval bound propagation for training verifiably robust models, "
        "arXiv:1810.12715",
        "Zhang et al. 2018, Efficient neural network robustness certification with general activation functions, "
        "arXiv:1811.00866",
    ),
))

"""Universal attack, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import AttackParams, Tool, param, provides


class UniversalParams(AttackParams):
    """Parameters of one change for all photos, beside those of every attack."""

    steps: int = param(60, title="Steps", unit="steps", ge=1, le=5000, soft=(10, 300), help=(
        "How often the change is moved along the gradient of all photos; more fool more of them and take longer."
    ))


verilens_tools = provides(__name__, Tool(
    id="attack.universal", title="One change for all photos", kind="attack", version="1.0", params=UniversalParams,
    subjects=("classifier",), stochastic=True, is_joint=True, memory=12.0,
    keywords=("fool", "adversarial", "universal", "many photos", "batch"),
    summary="Looks for a single change that, laid over any of the photos it is given, misleads the model about most.",
    sources=(
        "Moosavi-Dezfooli, Fawzi, Fawzi, Frossard 2017, Universal adversarial perturbations, arXiv:1610.08401",
        "Shafahi et al. 2020, Universal adversarial training, arXiv:1811.11304",
    ),
))

"""Projected gradient descent, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import AttackParams, Tool, param, provides


class PgdParams(AttackParams):
    """Parameters of projected gradient descent, beside those of every attack."""

    steps: int = param(40, title="Steps", unit="steps", ge=1, le=1000, soft=(1, 100), help=(
        "How often the photo is moved along the gradient; more find a better attack and take longer."
    ))
    step_size: float | None = param(
        None, title="Step size", unit="levels", ge=0, le=100_000, soft=(0, 16), step=0.25, advanced=True,
        help="How far one step goes, in 8-bit levels; larger searches more coarsely. 2.5·ε/steps when not given.",
    )
    restarts: int = param(1, title="Restarts", ge=1, le=100, soft=(1, 20), advanced=True, help=(
        "How many times to begin anew; the best attempt is kept. Every restart after the first begins at random."
    ))
    random_start: bool = param(True, title="Random start", advanced=True, help=(
        "Whether the first attempt too begins at a random point of the budget, rather than at the photo itself."
    ))


verilens_tools = provides(__name__, Tool(
    id="attack.pgd", title="Projected gradient descent", kind="attack", version="1.0", params=PgdParams,
    subjects=("classifier",), stochastic=True, memory=12.0,
    keywords=("fool", "trick", "mislead", "adversarial", "attack", "hide from AI"), recommended_for="Fool a classifier",
    summary="Changes a photo a little, within a budget, so that a classifier sees something else in it.",
    sources=(
        "Madry et al. 2018, Towards deep learning models resistant to adversarial attacks, arXiv:1706.06083",
        "Carlini et al. 2019, On evaluating adversarial robustness, arXiv:1902.06705",
    ),
))

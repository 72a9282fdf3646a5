"""The sparse attack, as the tool list and the form see it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from desktop_app.api import BallParams, GoalParams, Threat, Tool, param, provides
from plugins.attack.common.params import SUBJECTS


class SparseParams(GoalParams, BallParams):
    """Parameters of the sparse attack, beside those of every attack."""

    norm: Literal["l0"] = param("l0", title="Norm", help="How the change is measured: how many pixels are changed.")
    eps: float = param(24.0, title="Budget ε", unit="pixels", ge=0, le=100_000, soft=(0, 100), step=1, help=(
        "How many pixels the attack may change, each as it likes; more are easier to see."
    ))
    queries: int = param(2000, title="Queries", ge=1, le=100_000, soft=(100, 10_000), log=True, help=(
        "How often the model may be asked about a photo; more find a better attack and take longer."
    ))
    fewest: bool = param(True, title="Fewest pixels", help=(
        "Whether pixels that success does not need are put back in the end, one by one."
    ))

    def threat(self) -> Sequence[Threat]:
        """Return the ball, and how often the model may be asked."""
        return (*super().threat(), Threat("queries", {"most": self.queries}))


verilens_tools = provides(__name__, Tool(
    id="attack.sparse", title="Few pixels", kind="attack", version="1.0", params=SparseParams, subjects=SUBJECTS,
    stochastic=True, memory=8.0,
    keywords=("fool", "adversarial", "black box", "one pixel", "few pixels", "without gradients", "queries"),
    summary="Recolours a few pixels, tried at random, and keeps what helps: needs answers only, never gradients.",
    sources=(
        "Croce, Andriushchenko, Singh, Flammarion, Hein 2022, Sparse-RS: a versatile framework for query-efficient "
        "sparse black-box adversarial attacks, arXiv:2006.12834",
    ),
))

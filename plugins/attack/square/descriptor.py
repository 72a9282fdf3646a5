"""The square attack, as the tool list and the form see it."""

from __future__ import annotations

from collections.abc import Sequence

from desktop_app.api import AttackParams, Threat, Tool, param, provides


class SquareParams(AttackParams):
    """Parameters of the square attack, beside those of every attack."""

    queries: int = param(1000, title="Queries", ge=1, le=100_000, soft=(100, 5000), log=True, help=(
        "How often the model may be asked about a photo; more find a better attack and take longer."
    ))
    start_size: float = param(0.8, title="First squares", ge=0.01, le=1, soft=(0.05, 0.8), step=0.01, advanced=True,
        help="Share of the photo that the first squares cover; more changes more at a time.",
    )  # fmt: skip

    def threat(self) -> Sequence[Threat]:
        """Return the ball, and how often the model may be asked."""
        return (*super().threat(), Threat("queries", {"most": self.queries}))


verilens_tools = provides(__name__, Tool(
    id="attack.square", title="Square attack", kind="attack", version="1.1", params=SquareParams,
    subjects=("classifier",), stochastic=True, memory=8.0,
    keywords=("fool", "adversarial", "black box", "without gradients", "queries"),
    summary="Tries coloured squares at random and keeps those that help: needs a model's answers, never its gradients.",
    sources=(
        "Andriushchenko, Croce, Flammarion, Hein 2020, Square attack: a query-efficient black-box adversarial attack "
        "via random search, arXiv:1912.00049",
    ),
))

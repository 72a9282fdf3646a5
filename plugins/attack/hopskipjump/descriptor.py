"""HopSkipJump, as the tool list and the form see it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from desktop_app.api import InputSpec, Threat, Tool, param, provides
from plugins.attack.common.params import SUBJECTS, NearestParams


class HopskipjumpParams(NearestParams):
    """Parameters of HopSkipJump, beside those of every attack."""

    norm: Literal["l2", "linf"] = param("l2", title="Norm", help=(
        "How the change is measured: the root of the sum of squares, or the largest of any value."
    ))
    queries: int = param(2000, title="Queries", ge=50, le=1_000_000, soft=(500, 20_000), log=True, help=(
        "How often the model may be asked about a photo; more find a smaller change and take longer."
    ))

    def threat(self) -> Sequence[Threat]:
        """Return the ball, and how often the model may be asked."""
        return (*super().threat(), Threat("queries", {"most": self.queries}))


verilens_tools = provides(__name__, Tool(
    id="attack.hopskipjump", title="HopSkipJump", kind="attack", version="1.0", params=HopskipjumpParams,
    subjects=SUBJECTS, stochastic=True, memory=24.0,
    inputs=(InputSpec("start", "image", "a picture that the model reads as wanted, to begin with"),),
    keywords=("fool", "adversarial", "black box", "decision", "without gradients", "queries", "onnx"),
    summary="Begins with a picture that is read otherwise and walks along the border to the photo, by answers alone.",
    sources=(
        "Chen, Jordan, Wainwright 2020, HopSkipJumpAttack: a query-efficient decision-based attack, arXiv:1904.02144",
    ),
))

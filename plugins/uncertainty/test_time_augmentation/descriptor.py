"""Test-time augmentation, as the tool list and the form see it."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from desktop_app.api import Params, Tool, param, provides


class TestTimeAugmentationParams(Params):
    """Parameters of test-time augmentation."""

    __test__ = False  # the name begins like a test's

    transforms: Literal["all", "flips", "none"] = param("all", title="Turns and flips", help=(
        "All eight turns and flips of the photo, the four that keep its sides, or none: then only noise is added."
    ))
    noise_std: float = param(1.0, title="Noise", unit="levels", ge=0, le=50, soft=(0, 5), step=0.1, help=(
        "Standard deviation of the noise that is added before every run; more asks for more steadiness."
    ))
    repeats: int = param(1, title="Repeats", ge=1, le=64, soft=(1, 8), advanced=True, help=(
        "How often each turn and flip is run with fresh noise; more gives a steadier map and takes longer."
    ))

    @model_validator(mode="after")
    def _varies(self) -> TestTimeAugmentationParams:
        if self.transforms == "none" and (self.repeats < 2 or self.noise_std == 0):
            raise ValueError("expected two or more different runs, got one; add turns and flips, or repeats and noise")
        return self


verilens_tools = provides(__name__, Tool(
    id="uncertainty.tta", title="Test-time augmentation", kind="uncertainty", version="2.0",
    params=TestTimeAugmentationParams, subjects=("restoration",), stochastic=True, memory=12.0,
    keywords=("tta", "trust", "reliable", "doubt", "unsure", "error bars", "spread"),
    summary="Restores the photo turned, flipped and slightly noisy, and shows where the results differ.",
    sources=(
        "Wang et al. 2019, Aleatoric uncertainty estimation with test-time augmentation, "
        "doi:10.1016/j.neucom.2019.01.103",
        "Welford 1962, Note on a method for calculating corrected sums of squares, "
        "doi:10.1080/00401706.1962.10490022",
    ),
))

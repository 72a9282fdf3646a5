"""Stein's unbiased risk estimate for any denoiser, by Monte Carlo (Ramani, Blu, Unser 2008, eqs. 4 and 10).

``|f(y) - y|² - σ² + 2 σ² ∂f/∂y`` per value has the mean of the squared error; the divergence is found from what a
denoiser makes of a tiny change: ``b · (f(y + εb) - f(y)) / ε`` with b of ±1.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from desktop_app.api import Map, Result, Run, ToolError
from desktop_app.numerics.filters import box_mean
from desktop_app.numerics.noise import estimate_sigma
from plugins.uncertainty.common.standing import standing_of
from plugins.uncertainty.sure.descriptor import SureParams

_STEP = 0.1  # of σ: small beside the noise, large beside float32
_CAVEAT = "right for white Gaussian noise of this strength, and for a denoiser whose answer changes smoothly"


def run(images: Tensor, params: SureParams, run: Run) -> Result:
    """Estimate the error of a denoiser on photos ``(N, C, H, W)`` float32, nominally in [0, 1].

    Raises
    ------
    ToolError
        If the restoration changes the photo's size.
    """
    levels = [params.sigma if params.sigma is not None else estimate_sigma(image, run.check) for image in images]
    sigma = images.new_tensor(levels).clamp_min(0.1).view(-1, 1, 1, 1) / 255.0
    passes = params.probes + 1
    with torch.no_grad():
        run.progress(0.0, "restoring", until=1 / passes)
        plain = run.target(images).float()
        if plain.shape != images.shape:
            raise ToolError(f"expected a denoiser, got {run.target.tool}, which changes the size; choose another")
        divergence = torch.zeros_like(images)
        for index in range(params.probes):
            run.progress((index + 1) / passes, f"probe {index + 1}", until=(index + 2) / passes)
            signs = torch.where(run.rand(images) < 0.5, -1.0, 1.0)
            moved = run.target(images + _STEP * sigma * signs).float()
            divergence += signs * (moved - plain) / (_STEP * sigma) / params.probes
        risk = (plain - images).square() - sigma.square() + 2.0 * sigma.square() * divergence
    local = box_mean(risk.mean(1, keepdim=True), params.radius)[:, 0].clamp_min(0.0).sqrt() * 255.0
    shown = Map(
        name="expected error", values=local, kind="uncertainty", unit="levels",
        meaning="How far the denoised values around this pixel are off, as a root mean square, by Stein's estimate.",
        **standing_of("uncertainty.sure", run.target.tool),
    )
    means = risk.mean((1, 2, 3)).tolist()
    return Result(image=plain, maps=[shown], reports=[
        _report(mean, level, params) for mean, level in zip(means, levels, strict=True)
    ])  # fmt: skip


def _report(risk: float, sigma: float, params: SureParams) -> dict[str, Any]:
    """Return the report; an estimate below zero is possible by chance, and says no more than a very small error."""
    error = 255.0 * max(risk, 0.0) ** 0.5
    return {
        "method": "Stein's unbiased risk estimate", "target_coverage": None, "mean_std": error, "unit": "levels",
        "sigma": sigma, "sigma_is_estimated": params.sigma is None, "rmse_estimated": error, "probes": params.probes,
        "psnr_estimated": None if risk <= 0.0 else -10.0 * float(torch.tensor(risk).log10()),
        "caveats": [_CAVEAT],
    }  # fmt: skip

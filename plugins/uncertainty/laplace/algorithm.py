"""A Gaussian over the last layer's weights around the trained ones, with Kronecker factors of the Gauss-Newton matrix.

Over the known photos the curvature is nearly A ⊗ B, A of the features and B of the softmax (Ritter 2018, section 3.1),
so that a photo's logits are Gaussian too: with φ its features, u and V the axes and a and b the values of A and B,
their covariance is ``V diag(Σᵢ (uᵢᵀφ)² / (aᵢ bⱼ + prior)) Vᵀ``.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi

import torch
import torch.nn.functional as F
from torch import Tensor

from desktop_app.api import Result, Run, ToolError
from desktop_app.numerics.seen import Seen
from plugins.uncertainty.common.guard import guarded
from plugins.uncertainty.common.known import Known, asked, needed
from plugins.uncertainty.common.predictions import doubts, shares_of
from plugins.uncertainty.laplace.descriptor import LaplaceParams

_PRIORS = torch.logspace(-3, 6, 37)


@dataclass(frozen=True, eq=False)
class Posterior:
    """The eigenvalues and directions of both factors: features ``(D + 1,)``, and classes ``(K,)``."""

    feature_values: Tensor
    feature_axes: Tensor
    class_values: Tensor
    class_axes: Tensor

    def spreads(self, features: Tensor, prior: float) -> Tensor:
        """Return the variances of the logits of features ``(N, D)`` along the class axes, ``(N, K)`` float32."""
        along = (_with_bias(features) @ self.feature_axes).square()
        precision = self.feature_values[:, None] * self.class_values + prior
        return along @ precision.reciprocal()


def run(images: Tensor, params: LaplaceParams, run: Run) -> Result:
    """Ask a classifier about photos ``(N, C, H, W)`` float32; clipped to [0, 1] for the model.

    Raises
    ------
    ToolError
        If the network has no last linear layer, or there are no known photos.
    """
    run.check()
    seen = asked(run.model, images.detach().clamp(0.0, 1.0))
    if not seen.features.shape[1]:
        raise ToolError(f"expected a network with a last linear layer, got {run.model.id} without; use "
                        "uncertainty.temperature, or another model")
    known = needed(run.model, seen, run)
    posterior = _posterior(known.seen)
    prior = _fitted_prior(posterior, known) if params.prior is None else params.prior
    run.progress(0.5, "drawing last layers")
    answers = _answers(posterior, seen, prior, params.samples, run)
    reports = [said | {"prior": prior} for said in doubts("Laplace, last layer", answers, run.model, "samples")]
    return Result(reports=guarded(reports, seen, run.model, run), artifacts=shares_of(answers.mean(0)))


def _posterior(known: Seen) -> Posterior:
    features, shares = _with_bias(known.features), known.logits.softmax(1)
    curvature = torch.diag(shares.mean(0)) - shares.T @ shares / len(shares)
    return Posterior(*_axes(features.T @ features), *_axes(curvature))


def _axes(matrix: Tensor) -> tuple[Tensor, Tensor]:
    values, axes = torch.linalg.eigh(matrix.cpu().double())  # not every device has double precision
    return values.clamp_min(0.0).to(matrix), axes.to(matrix)


def _with_bias(features: Tensor) -> Tensor:
    return torch.cat([features, features.new_ones(len(features), 1)], 1)


def _fitted_prior(posterior: Posterior, known: Known) -> float:
    """Return the precision under which the known photos' classes are likeliest; they have trained no weight.

    By the probit approximation (Kristiadi 2020, eq. 6): logits over √(1 + π/8 · variance).
    """
    seen = known.seen

    def loss(prior: float) -> float:
        variance = posterior.spreads(seen.features, prior) @ posterior.class_axes.square().T
        return float(F.cross_entropy(seen.logits / (1.0 + pi / 8.0 * variance).sqrt(), known.classes))

    return min((float(prior) for prior in _PRIORS), key=loss)


def _answers(posterior: Posterior, seen: Seen, prior: float, samples: int, run: Run) -> Tensor:
    """Return the probabilities ``(T, N, K)`` under T draws of the logits."""
    spread = posterior.spreads(seen.features, prior).sqrt()
    found = []
    for logits, deviation, generator in zip(seen.logits, spread, run.generators(), strict=True):
        run.check()
        noise = torch.randn(samples, len(logits), generator=generator).to(logits) * deviation
        found.append((logits + noise @ posterior.class_axes.T).softmax(1))
    return torch.stack(found, 1)

"""Projected gradient descent on a classifier's cross-entropy (Madry et al. 2018, arXiv:1706.06083)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from desktop_app.api import Result, Run, class_index
from plugins.attack.pgd.descriptor import PgdParams

_LEVEL = 1.0 / 255.0
_TINY = 1e-12  # keeps the direction of a zero gradient finite
_MASKED = (
    "the gradient at the start of the attack was exactly zero: the model may hide its gradients or be saturated, "
    "and a failed attack says nothing about its robustness"
)
Loss = Callable[[Tensor], tuple[Tensor, Tensor]]


def run(images: Tensor, params: PgdParams, run: Run) -> Result:
    """Move photos within their budget to where the classifier errs most.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` float32 in [0, 1].
    params : PgdParams
        Norm and budget in 8-bit levels, target, steps, restarts.
    run : Run
        Its ``model`` is attacked; only the photos get gradients.

    Returns
    -------
    Result
        Of every sample the best iterate of all restarts: one that succeeds, and among those the one with the largest
        loss. In [0, 1] and within the budget.

    Raises
    ------
    ParameterError
        If the model has no such class.
    """
    clean = images.detach().clamp(0.0, 1.0)
    loss = _loss_of(clean, params, run)
    best = _Best.of(clean, loss)
    masked = torch.zeros(len(clean), dtype=torch.bool, device=clean.device)
    for restart in range(params.restarts):
        is_random = params.random_start or restart > 0
        start = _random_start(clean, params, run) if is_random else clean
        masked |= _climb(clean, start, loss, params, run, best, restart)
    return Result(image=best.images, reports=[_report(hidden, params) for hidden in masked.tolist()])


def _report(is_masked: bool, params: PgdParams) -> dict[str, Any]:
    return {"restarts": params.restarts, "caveats": [_MASKED] if is_masked and params.eps > 0 else []}


def _loss_of(clean: Tensor, params: PgdParams, run: Run) -> Loss:
    """Return what is to rise, ``(N,)``, and whether the attack has its wish, ``(N,)``, as a function of the photos."""
    target = class_index(run.model.labels, params.target_class)
    wanted = target if target is not None else class_index(run.model.labels, params.true_class)
    if wanted is None:
        with torch.no_grad():
            classes = run.model(clean).argmax(dim=1)
    else:
        classes = torch.full((len(clean),), wanted, device=clean.device)

    def loss(images: Tensor) -> tuple[Tensor, Tensor]:
        logits = run.model(images).float()
        error = F.cross_entropy(logits, classes, reduction="none")
        meets = logits.detach().argmax(dim=1) == classes
        return (error, ~meets) if target is None else (-error, meets)

    return loss


@dataclass
class _Best:
    """The best photos so far, with their losses and whether they succeed."""

    images: Tensor
    losses: Tensor
    succeeds: Tensor

    @classmethod
    def of(cls, images: Tensor, loss: Loss) -> _Best:
        """Begin with the photos themselves."""
        with torch.no_grad():
            return cls(images.clone(), *loss(images))

    def keep(self, images: Tensor, losses: Tensor, succeeds: Tensor) -> None:
        """Take over the samples that are better: success first, then loss."""
        is_better = (succeeds & ~self.succeeds) | ((succeeds == self.succeeds) & (losses > self.losses))
        self.images = torch.where(is_better[:, None, None, None], images, self.images)
        self.losses = torch.where(is_better, losses, self.losses)
        self.succeeds = self.succeeds | succeeds


def _climb(clean: Tensor, start: Tensor, loss: Loss, params: PgdParams, run: Run, best: _Best, restart: int) -> Tensor:
    """Take the steps of one restart; return which samples had no gradient at its start."""
    step_size = 2.5 * params.eps / params.steps if params.step_size is None else params.step_size
    images, masked = start, torch.zeros(len(clean), dtype=torch.bool, device=clean.device)
    for step in range(params.steps):
        run.progress((restart + step / params.steps) / params.restarts, f"step {step + 1} of {params.steps}")
        losses, succeeds, gradient = _gradient(images, loss)
        best.keep(images, losses, succeeds)
        if step == 0:
            masked = gradient.flatten(1).abs().amax(dim=1) == 0
        direction = gradient.sign() if params.norm == "linf" else gradient / _length(gradient).clamp_min(_TINY)
        # Madry et al., eq. after (2.1): x ← Π(x + α·sign ∇L); in L2 the unit gradient stands for its sign
        images = _project(images + step_size * _LEVEL * direction, clean, params)
    with torch.no_grad():
        best.keep(images, *loss(images))
    return masked


def _gradient(images: Tensor, loss: Loss) -> tuple[Tensor, Tensor, Tensor]:
    """Return losses, successes and the loss's gradient by the photos."""
    with torch.enable_grad():
        leaf = images.detach().requires_grad_(True)
        losses, succeeds = loss(leaf)
        (gradient,) = torch.autograd.grad(losses.sum(), leaf)
    return losses.detach(), succeeds, gradient


def _random_start(clean: Tensor, params: PgdParams, run: Run) -> Tensor:
    """Return a point drawn evenly from the budget, clipped to [0, 1]."""
    radius = params.eps * _LEVEL
    if params.norm == "linf":
        offset = (2.0 * run.rand(clean) - 1.0) * radius
    else:
        direction = run.randn(clean)
        fraction = run.rand(clean[:, :1, :1, :1]) ** (1.0 / clean[0].numel())  # volume grows as radius^dimension
        offset = direction / _length(direction).clamp_min(_TINY) * fraction * radius
    return _project(clean + offset, clean, params)


def _project(images: Tensor, clean: Tensor, params: PgdParams) -> Tensor:
    """Return the nearest point of the budget, clipped to [0, 1]; clipping towards a photo in [0, 1] stays inside."""
    radius = params.eps * _LEVEL
    delta = images - clean
    if params.norm == "linf":
        delta = delta.clamp(-radius, radius)
    else:
        delta = delta * (radius / _length(delta).clamp_min(_TINY)).clamp_max(1.0)
    return (clean + delta).clamp(0.0, 1.0)


def _length(batch: Tensor) -> Tensor:
    """Return each sample's L2 norm, ``(N, 1, 1, 1)``."""
    length: Tensor = torch.linalg.vector_norm(batch, dim=(1, 2, 3), keepdim=True)
    return length

"""What a classifier is taught by a batch: the plain answer, the same answer for mixed photos, or for attacked ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from training.augmix import augmix

__all__ = ["LESSONS", "Lesson", "accuracy_under_attack", "logits_of"]

Lesson = Callable[[nn.Module, Tensor, Tensor, float, torch.Generator], Tensor]
"""Network, photos ``(N, 3, H, W)`` in [0, 1], classes ``(N,)``, label smoothing, random numbers; to the loss."""

_CONSISTENCY = 12.0
"""Weight of the Jensen-Shannon divergence (arXiv:1912.02781, section 3)."""
_EPS = 8 / 255
_PGD_STEPS = 7
_TRADE = 6.0
"""TRADES' 1/lambda on CIFAR-10 (arXiv:1901.08573, section 5)."""


def logits_of(model: nn.Module, photos: Tensor) -> Tensor:
    """Return float32 logits, the network's body in bfloat16."""
    with torch.autocast(photos.device.type, torch.bfloat16):
        logits: Tensor = model(photos)
    return logits.float()


def plain(model: nn.Module, photos: Tensor, labels: Tensor, smoothing: float, _: torch.Generator) -> Tensor:
    """Cross-entropy of the photos as they are."""
    return F.cross_entropy(logits_of(model, photos), labels, label_smoothing=smoothing)


def mixed(model: nn.Module, photos: Tensor, labels: Tensor, smoothing: float, generator: torch.Generator) -> Tensor:
    """Cross-entropy, and one answer for a photo and for two AugMix views of it (arXiv:1912.02781, eq. 2)."""
    views = [photos, *(augmix(photos.cpu(), generator).to(photos) for _ in range(2))]
    logits = logits_of(model, torch.cat(views).contiguous(memory_format=torch.channels_last)).chunk(3)
    logs = [part.log_softmax(1) for part in logits]
    mean = torch.stack([part.exp() for part in logs]).mean(0).clamp_min(1e-7).log()
    divergence = sum(F.kl_div(mean, part, reduction="batchmean", log_target=True) for part in logs) / 3
    return F.cross_entropy(logits[0], labels, label_smoothing=smoothing) + _CONSISTENCY * divergence


def fast_adversarial(
    model: nn.Module, photos: Tensor, labels: Tensor, smoothing: float, generator: torch.Generator
) -> Tensor:
    """Cross-entropy after one signed step of eps from noise of twice eps (de Jorge et al. 2022, arXiv:2202.01181).

    From a smaller start that is clipped (Wong et al. 2020, arXiv:2001.03994) these nets learnt in four epochs to fool
    the one step, and were robust against nothing.
    """
    noisy = photos + (2 * torch.rand(photos.shape, generator=generator) - 1).to(photos) * 2 * _EPS
    attacked = noisy + _EPS * _slope(model, noisy, lambda logits: F.cross_entropy(logits, labels)).sign()
    return F.cross_entropy(logits_of(model, attacked), labels, label_smoothing=smoothing)


def adversarial(
    model: nn.Module, photos: Tensor, labels: Tensor, smoothing: float, generator: torch.Generator
) -> Tensor:
    """Cross-entropy after seven signed steps of 2 levels within 8 (Madry et al. 2018, arXiv:1706.06083, eq. 2.1)."""
    shift = _random_shift(photos, generator)
    for _ in range(_PGD_STEPS):
        shift = _ascend(model, photos, shift, _EPS / 4, lambda logits: F.cross_entropy(logits, labels))
    return F.cross_entropy(logits_of(model, photos + shift), labels, label_smoothing=smoothing)


def trades(model: nn.Module, photos: Tensor, labels: Tensor, smoothing: float, generator: torch.Generator) -> Tensor:
    """One answer, the right one, for a photo and its worst neighbour (Zhang et al. 2019, arXiv:1901.08573, eq. 5)."""
    with torch.no_grad():
        calm = logits_of(model, photos).softmax(1)
    shift = _random_shift(photos, generator)
    for _ in range(_PGD_STEPS):
        shift = _ascend(model, photos, shift, _EPS / 4, lambda logits: _divergence(calm, logits))
    logits = logits_of(model, photos)
    divergence = _divergence(logits.softmax(1), logits_of(model, photos + shift))
    return F.cross_entropy(logits, labels, label_smoothing=smoothing) + _TRADE * divergence


def _divergence(probabilities: Tensor, logits: Tensor) -> Tensor:
    return F.kl_div(logits.log_softmax(1), probabilities, reduction="batchmean")


def _random_shift(photos: Tensor, generator: torch.Generator) -> Tensor:
    shift = (2 * torch.rand(photos.shape, generator=generator) - 1).to(photos) * _EPS
    return (photos + shift).clamp(0, 1) - photos


def _ascend(
    model: nn.Module, photos: Tensor, shift: Tensor, step: float, loss_of: Callable[[Tensor], Tensor]
) -> Tensor:
    """Move the shift a signed step uphill, inside the ball and the range of pixels; weights need no gradient here."""
    moved = (shift + step * _slope(model, photos + shift, loss_of).sign()).clamp(-_EPS, _EPS)
    return ((photos + moved).clamp(0, 1) - photos).detach()


def _slope(model: nn.Module, photos: Tensor, loss_of: Callable[[Tensor], Tensor]) -> Tensor:
    photos = photos.detach().requires_grad_(True)
    (slope,) = torch.autograd.grad(loss_of(logits_of(model, photos)), photos)
    return slope


def accuracy_under_attack(model: nn.Module, photos: Tensor, labels: Tensor, steps: int) -> float:
    """Return the share of photos still answered rightly after signed steps of 2 levels within 8, in [0, 1].

    Gradients are taken in bfloat16, answers in float32.
    """
    shift = _random_shift(photos, torch.Generator().manual_seed(0))
    for _ in range(steps):
        shift = _ascend(model, photos, shift, _EPS / 4, lambda logits: F.cross_entropy(logits, labels))
    with torch.no_grad():
        answers = model(photos + shift).argmax(1)
    return float((answers == labels).float().mean())


LESSONS: Mapping[str, Lesson] = {
    "plain": plain, "augmix": mixed, "fast": fast_adversarial, "pgd": adversarial, "trades": trades,
}  # fmt: skip
"""By the name that a recipe gives."""

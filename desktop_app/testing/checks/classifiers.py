"""What the host asks of every model: it loads as described, and a classifier answers any photo with logits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from desktop_app.api import Model
from desktop_app.testing.findings import Fault, told
from desktop_app.testing.pictures import SHAPES, textured

_TOLERANCE = 1e-3  # of a logit: a network sums in another order when its batch is larger
_SAME = 1e-6
_SIZES = {**SHAPES, "32×32": (3, 32, 32), "97×65": (3, 65, 97), "130×70": (1, 70, 130)}


@dataclass(frozen=True, eq=False)
class Loaded:
    """A classifier as the host loads it: frozen and in eval mode."""

    descriptor: Model
    module: nn.Module

    def __call__(self, images: Tensor) -> Tensor:
        """Return what the network returns for a copy of the images, ``(N, C, H, W)`` float32: logits ``(N, K)``."""
        with torch.no_grad():
            answer: Tensor = self.module(images.clone())
        return answer


def logits(model: Loaded) -> Iterator[Fault]:
    """Photos of every size, in colour and grey, give as many finite logits as there are labels."""
    labels = len(model.descriptor.labels)
    for name, shape in _SIZES.items():
        try:
            answer = model(textured(*shape))
        except Exception as error:  # noqa: BLE001 - whatever a network raises is the finding
            yield Fault(f"expected logits of any photo, got {told(error)}", name)
            continue
        if not isinstance(answer, Tensor):
            yield Fault(f"expected a tensor of logits, got {type(answer).__name__}")
            return
        if tuple(answer.shape) != (1, labels):
            got = tuple(answer.shape)
            yield Fault(f"expected logits (N, {labels}), one for each label, got {got}", name)
        elif not answer.is_floating_point() or not bool(answer.isfinite().all()):
            yield Fault("expected finite logits, got NaN, infinity or whole numbers", name)


def answers(model: Loaded) -> Iterator[Fault]:
    """The answers are logits, not probabilities, and depend on the photo."""
    photos = [textured(3, 32, 32), 1.0 - textured(3, 32, 32, seed=1), textured(3, 65, 97, seed=2).flip(-1)]
    rows = torch.cat([model(one).float() for one in photos])
    if bool(((rows.sum(1) - 1.0).abs() < _TOLERANCE).all()) and bool((rows >= 0).all()):
        yield Fault("expected logits, got probabilities that sum to one; leave the softmax to the host")
    if float((rows - rows[0]).abs().max()) < _SAME:
        yield Fault("expected an answer that depends on the photo, got the same for every photo")


def repetition(model: Loaded) -> Iterator[Fault]:
    """The same photo gives the same answer again: in eval mode nothing is random, and nothing is learnt."""
    photo = textured(3, 32, 32)
    first = model(photo)
    model(textured(3, 32, 32, seed=1))
    if not first.equal(model(photo)):
        yield Fault("expected the same logits again, got others; let eval mode switch off dropout and statistics")


def batches(model: Loaded) -> Iterator[Fault]:
    """Two photos at once give what each gives alone."""
    photos = torch.cat([textured(3, 32, 32), 1.0 - textured(3, 32, 32, seed=1)])
    together = model(photos)
    for index in range(2):
        if float((together[index] - model(photos[index : index + 1])[0]).abs().max()) > _TOLERANCE:
            yield Fault("expected the same logits alone and in a batch, got others", f"sample {index}")


def flags(model: Loaded) -> Iterator[Fault]:
    """A call leaves weights, statistics, modes and the photo as they were."""
    photo = textured(3, 32, 32)
    weights = {name: value.clone() for name, value in model.module.state_dict().items()}
    given = photo.clone()
    with torch.no_grad():
        model.module(given)
    changed = [name for name, value in model.module.state_dict().items() if not value.equal(weights[name])]
    if changed:
        yield Fault(f"expected the network to stay as it was, got a change of {', '.join(changed)}")
    if any(part.training for part in model.module.modules()):
        yield Fault("expected the network to stay in eval mode, got a part in training mode")
    if any(weight.requires_grad for weight in model.module.parameters()):
        yield Fault("expected the weights to stay frozen, got requires_grad=True")
    if not given.equal(photo):
        yield Fault("expected the photo to stay as it was, got it changed; work on a copy")


def gradients(model: Loaded) -> Iterator[Fault]:
    """Gradients flow from every logit back to the photo's own pixels."""
    photo = textured(3, 33, 35).requires_grad_(True)
    with torch.enable_grad():
        answer = model.module(photo)
    if not answer.requires_grad:
        yield Fault("expected logits that gradients flow from, got none; keep to differentiable operations")
        return
    (gradient,) = torch.autograd.grad(answer[:, 0].sum(), photo, allow_unused=True)
    if gradient is None or not bool(gradient.isfinite().all()) or not bool(gradient.any()):
        yield Fault("expected finite gradients that are not all zero, got others; look for rounding and detach()")


MODEL_CHECKS: Mapping[str, Callable[[Loaded], Iterator[Fault]]] = {
    check.__name__: check for check in (logits, answers, repetition, batches, flags, gradients)
}
"""All checks of a classifier, by name, in their order."""

STOPPING = frozenset(["logits", "repetition"])
"""The checks whose findings make those after them vain."""

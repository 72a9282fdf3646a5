"""What the host asks of a classifier: any photo in, logits out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import torch
from torch import Tensor

from desktop_app.testing.checks.any_network import Loaded, batches, conduct, gradients, keeping, repetition
from desktop_app.testing.findings import Fault, told
from desktop_app.testing.pictures import textured, within_range

_TOLERANCE = 1e-3  # of a sum of probabilities
_WHOLES = (1.0, 100.0)  # shares, or per cent
_SAME = 1e-6  # of the largest logit
_GLARING = 50.0  # times a photo's contrast: what is no more than 1 even then is held there
_FURTHER = {"32×32": (3, 32, 32), "97×65": (3, 65, 97), "130×70": (1, 70, 130), "300×257": (3, 257, 300)}


def logits(model: Loaded) -> Iterator[Fault]:
    """Photos of every size, in colour and grey, give as many finite logits as there are labels."""
    labels = len(model.descriptor.labels)
    for name, photo in {**within_range(), **{name: textured(*shape) for name, shape in _FURTHER.items()}}.items():
        try:
            answer = model(photo)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a network raises is the finding
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
    """The answers are logits, not probabilities."""
    rows = _rows(model)
    if bool((rows < 0).any()):
        return
    whole = next((one for one in _WHOLES if bool(((rows.sum(1) / one - 1.0).abs() < _TOLERANCE).all())), None)
    if whole is not None:
        yield Fault(f"expected logits, got probabilities that sum to {whole:g}; leave the softmax to the host")
    elif bool((rows > 1).any()):
        return
    elif float(model((textured(3, 32, 32) - 0.5) * _GLARING).max()) <= 1.0:
        yield Fault("expected logits, got probabilities between 0 and 1; leave the sigmoid out")


def dependence(model: Loaded) -> Iterator[Fault]:
    """The answer depends on the photo."""
    rows = _rows(model)
    if float((rows - rows[0]).abs().max()) <= _SAME * float(rows.abs().max()):
        yield Fault("expected an answer that depends on the photo, got the same for every photo")


def _rows(model: Loaded) -> Tensor:
    photos = [textured(3, 32, 32), 1.0 - textured(3, 32, 32, seed=1), textured(3, 65, 97, seed=2).flip(-1)]
    return torch.cat([model(one).float() for one in photos])


OF_CLASSIFIERS: Mapping[str, Callable[[Loaded], Iterator[Fault]]] = {
    check.__name__: check for check in (conduct, logits, answers, dependence, repetition, keeping, batches, gradients)
}
"""All checks of a classifier, by name, in their order."""

"""What the host asks of every network, whatever it is for: it leaves all as it was, and answers each photo alike."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from desktop_app.api import Model
from desktop_app.core.surroundings import surroundings_restored
from desktop_app.testing.findings import Fault
from desktop_app.testing.pictures import textured
from desktop_app.testing.watching import Ledger, Watch

_ROUNDING = 1e-3  # of the largest value: a network sums in another order when its batch is larger
_STEPS = (1e-3, 1e-2, 1e-1)  # of the photo's length, at one of which a gradient must foretell what happens
_FORETOLD = (0.5, 2.0)  # times what the gradient says
_PHOTOS = 5  # in a batch
_VALUES = 10  # of an answer, whose gradients are looked at

NETWORK_RESTS_ON: Mapping[str, tuple[str, ...]] = {
    "conduct": (),
    "logits": ("conduct",),
    "pictures": ("conduct",),
    "answers": ("logits",),
    "dependence": ("logits",),
    "likeness": ("pictures",),
    "repetition": ("logits", "pictures"),
    "keeping": ("repetition",),
    "batches": ("repetition",),
    "reach": ("batches",),
    "gradients": ("dependence", "likeness", "repetition"),
}
"""By name of a check those that must have found nothing, or else it would only say once more what they said."""


@dataclass(frozen=True, eq=False)
class Loaded:
    """A network as the host loads it: frozen and in eval mode.

    Parameters
    ----------
    descriptor : Model
        What is said of it.
    module : nn.Module
        The network.
    check : callable
        Called where it interrupts; raises if that was the user.
    """

    descriptor: Model
    module: nn.Module
    check: Callable[[], None] = lambda: None
    _calls: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def answer(self) -> str:
        """What it is to give, in the plural."""
        return "logits" if self.descriptor.task == "classifier" else "pictures"

    def __call__(self, images: Tensor) -> Any:
        """Return what the network returns for a copy of the images, ``(N, C, H, W)`` float32.

        Global random states differ at each call, and all that a call changes in the process is put back.
        """
        with surroundings_restored(), torch.no_grad():
            seed = next(self._calls)
            torch.manual_seed(seed)
            np.random.seed(seed)
            random.seed(seed)
            return self.asked(images.clone())

    def asked(self, images: Tensor) -> Any:
        """Return what the network returns for these very images, ``(N, C, H, W)`` float32."""
        try:
            return self.module(images)
        except KeyboardInterrupt as error:
            self.check()
            raise RuntimeError(type(error).__name__) from error


def conduct(model: Loaded) -> Iterator[Fault]:
    """A call leaves the network, the photo and the process as they were, and prints nothing."""
    photo = textured(3, 32, 32)
    try:
        model(photo)  # what is made at the first call and kept, such as a table for one size, is no change
    except (Exception, SystemExit):  # noqa: BLE001 - the check that asks for answers says it, and for which photos
        return
    weights = {name: value.clone() for name, value in model.module.state_dict().items()}
    watch = Watch()
    with surroundings_restored(), torch.enable_grad(), watch(photo, {}):
        model.asked(photo)
    changed = [name for name, value in model.module.state_dict().items() if not value.equal(weights[name])]
    if any(part.training for part in model.module.modules()):
        yield Fault("expected the network to stay in eval mode, got a part in training mode")
    elif changed:
        yield Fault(f"expected the network to stay as it was, got a change of {', '.join(changed)}")
    if any(weight.requires_grad for weight in model.module.parameters()):
        yield Fault("expected the weights to stay frozen, got requires_grad=True")
    if watch.overwritten:
        yield Fault("expected the photo to stay as it was, got it changed; work on a copy")
    if watch.disturbed:
        names = ", ".join(sorted(watch.disturbed))
        yield Fault(f"expected {names} to stay, got a change; draw nothing at random and set nothing of the process")
    if watch.printed:
        yield Fault(f"expected nothing on stdout or stderr, got {watch.printed[:40]!r}; leave print() out")


def repetition(model: Loaded) -> Iterator[Fault]:
    """The same photo gives the same answer again: in eval mode nothing is random, and nothing is learnt."""
    photo = textured(3, 32, 32)
    first = model(photo)
    model(textured(3, 32, 32, seed=1))
    if not first.equal(model(photo)):
        yield Fault(f"expected the same {model.answer} again, got others; let eval mode switch off dropout and "
                    "statistics")


def batches(model: Loaded) -> Iterator[Fault]:
    """Several photos at once give what each gives alone."""
    photos = torch.cat([(textured(3, 32, 32, seed) - 0.5) * (-1.0) ** seed + 0.5 for seed in range(_PHOTOS)])
    together, alone = model(photos), [model(photos[index : index + 1]) for index in range(_PHOTOS)]
    if together.shape != torch.cat(alone).shape:
        yield Fault(f"expected {model.answer} of {_PHOTOS} photos, got {tuple(together.shape)}; keep the first "
                    "dimension")
        return
    tolerance = _ROUNDING * float(together.abs().max())
    for index, one in enumerate(alone):
        if float((together[index] - one[0]).abs().max()) > tolerance:
            yield Fault(f"expected the same {model.answer} alone and in a batch, got others", f"sample {index}")


def keeping(model: Loaded) -> Iterator[Fault]:
    """Nothing of a photo is held once it is answered: memory would fill up, and photos are private."""
    photo = textured(3, 32, 32)
    model(photo)  # what is made at the first call, such as a table for one size, may be kept
    with Ledger() as ledger:
        model(photo)
    if held := ledger.held(photo[0, 0].nbytes):
        yield Fault(f"expected nothing of a photo to be kept, got {held} bytes; keep nothing between calls")


def gradients(model: Loaded) -> Iterator[Fault]:
    """Gradients flow from every value of the answer back to the photo's own pixels, and say how it changes."""
    photo = textured(3, 33, 35).requires_grad_(True)
    with surroundings_restored(), torch.enable_grad():
        answer = _values(model.asked(photo))
    if not answer.requires_grad:
        yield Fault(f"expected {model.answer} that gradients flow from, got none; keep to differentiable operations")
        return
    slopes = []
    for index in sorted({round(place) for place in np.linspace(0, len(answer) - 1, _VALUES)}):
        (slope,) = torch.autograd.grad(answer[index], photo, retain_graph=True, allow_unused=True)
        if slope is None or not bool(slope.isfinite().all()) or not bool(slope.any()):
            yield Fault("expected finite gradients that are not all zero, got others; look for rounding and detach()")
            return
        slopes.append((index, slope))
    index, slope = max(slopes, key=lambda one: float(one[1].norm()))
    if not any(_foretells(model, photo.detach(), slope, index, step) for step in _STEPS):
        yield Fault("expected gradients that say how the answer changes, got others; look for a backward of your own")


def _values(answer: Tensor) -> Tensor:
    """Return ``(K,)``: the logits of the one photo, or the means of a picture's channels."""
    return answer[0] if answer.ndim == 2 else answer[0].mean((1, 2))


def _foretells(model: Loaded, photo: Tensor, slope: Tensor, index: int, step: float) -> bool:
    """Return whether a value changes along its gradient by about what that says, over a share of the photo's length."""
    move = slope * (step * float(photo.norm()) / float(slope.norm()))
    there, back = (_values(model(moved)).double() for moved in (photo + move, photo - move))
    ratio = float(there[index] - back[index]) / (2.0 * float((slope * move).sum(dtype=torch.float64)))
    return _FORETOLD[0] <= ratio <= _FORETOLD[1]

"""Signs that a model hides its gradients, so that a failed attack says little: the five checks of AutoAttack.

Croce, Hein 2020, arXiv:2003.01690, whose authors' program warns at these; each sign is a sentence.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from desktop_app.api import Classifier
from desktop_app.numerics.shares import ATTACKED as SHARES
from desktop_app.numerics.shares import are_shares

_ASKED = 3
_SAME = 1e-4  # by which logits may differ from call to call: sums in another order

AT_RANDOM = "the model's answer to the same photo differs from call to call: ask it several times for each step (draws)"
NO_GRADIENT = "the gradient is exactly zero on {count} of {total} photos: attacks that follow it see nothing there"
BLACK_BOX = (
    "squares without gradients fooled {count} photos that attacks along the gradient did not: the model hides its "
    "gradients, and its robustness is overrated by those attacks"
)
INSIDE = "the model follows gradients of its own while it answers: its defence must be attacked as a whole (BPDA)"


def signs(model: Classifier, images: Tensor) -> Iterator[str]:
    """Yield a sentence for each sign that shows on photos ``(N, C, H, W)`` float32 in [0, 1] before any attack.

    The fourth sign, `BLACK_BOX`, shows only afterwards: see `black_box_sign`.
    """
    with torch.no_grad():
        answers = [model(images).float() for _ in range(_ASKED)]
    if any(float((one - answers[0]).abs().max()) > _SAME * float(answers[0].abs().max() + 1.0) for one in answers):
        yield AT_RANDOM
    if are_shares(answers[0]):
        yield SHARES
    if _follows_gradients(model, images[:1]):
        yield INSIDE
        return
    leaf = images.detach().requires_grad_(True)
    with torch.enable_grad():
        lead = model(leaf).float()
        top = lead.topk(min(2, lead.shape[1]), dim=1).values
        (gradient,) = torch.autograd.grad((top[:, 0] - top[:, -1]).sum(), leaf)
    count = int((gradient.flatten(1).abs().amax(1) == 0).sum())
    if count:
        yield NO_GRADIENT.format(count=count, total=len(images))


def black_box_sign(by_squares: int) -> Iterator[str]:
    """Yield a sentence where squares fooled photos that held out against every attack along the gradient."""
    if by_squares:
        yield BLACK_BOX.format(count=by_squares)


def _follows_gradients(model: Classifier, images: Tensor) -> bool:
    """Return whether a model's forward pass asks for gradients by itself; in inference mode that fails."""
    asked = [0]
    plain: Any = torch.autograd.grad

    def counted(*arguments: Any, **more: Any) -> Any:
        asked[0] += 1
        return plain(*arguments, **more)

    torch.autograd.grad = counted  # put back below, whatever happens
    try:
        with torch.enable_grad():
            model(images)
    finally:
        torch.autograd.grad = plain
    return asked[0] > 0

"""``deblur.learnt_blind``: features from which a kernel is found, learnt by how far the kernel is off.

Content-agnostic from photos of anything; content-specific from pages of text, or with ``--data`` from any folder of
photos of one kind (Schuler 2016, section 4.3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import torch
from torch import Tensor

from desktop_app.numerics.appearance import luminance
from desktop_app.numerics.blind import coarse_to_fine, ridge_for
from desktop_app.numerics.blurring import blurred, centred_in
from desktop_app.numerics.differences import gradients, inner_gradients
from desktop_app.numerics.fourier import Frame
from desktop_app.numerics.kernel_estimation import (
    centred,
    enlarged,
    kernel_equations,
    normalised,
    point_kernels,
    solve_kernels,
)
from desktop_app.numerics.shakes import path_kernel, random_path
from plugins.restoration.common.blind_restoration import sharpened
from plugins.restoration.common.kernel_search import Blur
from plugins.restoration.learnt_blind.network import FeatureNet, quotient
from plugins.restoration.learnt_blind.turns import learnt_guess
from training.damages import Dice
from training.lesson import Lesson, Pair
from training.orthogonal import OrthogonalSchedule
from training.pages import page
from training.shakes import photographed

__all__ = ["LESSON", "TEXT", "loss", "pairs"]

_SIDE = 21  # of the kernels that are learnt from
_EXTENTS = (3.0, 15.0)  # pixels
_TURNS, _STEPS = 2, 12  # modules in a row; conjugate gradients in each
_BEGINNING = 5.0  # pixels of extent up to which a kernel starts unknown: such are found in the smallest copies
_EVIDENCE = 0.2  # of a kernel that shows well
_SHIFTS = 3  # pixels by which a picture may lie off: a kernel is known up to one


def pairs(clean: Tensor, generator: torch.Generator, *, of_text: bool = False) -> Pair:
    """Return the luminance of shaken photos, or of pages of text in their place, with kernels as ``extra``.

    ``kernel`` and ``start`` are ``(N, k, k)``: what blurred a photo, and what a smaller copy of it may have told.
    """
    dice, height, width = Dice(generator), clean.shape[-2], clean.shape[-1]
    if of_text:
        clean = torch.stack([page(height, width, generator) for _ in clean])
    sharp, kernels, extents = luminance(clean), [], []
    given = []
    for image in torch.split(sharp, 1):
        extents.append(dice.between(*_EXTENTS))
        kernel = centred(centred_in(path_kernel(random_path(extents[-1], generator)), 2 * _SIDE + 1)[None])
        kernel = normalised(kernel[:, _SIDE // 2 + 1 : _SIDE // 2 + 1 + _SIDE, _SIDE // 2 + 1 : _SIDE // 2 + 1 + _SIDE])
        kernels.append(kernel)
        given.append(photographed(blurred(image, kernel[0], lambda: None), dice))
    truth = torch.cat(kernels)
    return Pair(torch.cat(given), sharp, {"kernel": truth, "start": _starts(truth, extents, generator)})


def _starts(kernels: Tensor, extents: Sequence[float], generator: torch.Generator) -> Tensor:
    """Return kernels as the next smaller copy of the photo may have told them; short ones are not known at all."""
    small = enlarged(kernels, 2.0**-0.5, _SIDE * 2 // 3 | 1)
    small = normalised(small * (1.0 + 0.5 * torch.randn(small.shape, generator=generator)))
    known = enlarged(small, 2.0**0.5, _SIDE)
    points = point_kernels(1, _SIDE) / 2.0
    unknown = points + points.roll(-1, -1)
    return torch.stack([unknown[0] if extent < _BEGINNING else one for extent, one in zip(extents, known, strict=True)])


def loss(network: FeatureNet, pair: Pair) -> Tensor:
    """Return the squared error of the kernels after each module, over their squares."""
    planes, truth, kernels = pair.given[:, 0], pair.extra["kernel"], pair.extra["start"]
    frame = Frame.around(planes.shape[-2], planes.shape[-1], (_SIDE // 2, _SIDE // 2))
    laid, edges = frame.lay(planes), inner_gradients(gradients(planes))
    total = planes.new_zeros(())
    for _ in range(_TURNS):
        found = network(torch.stack([laid, quotient(laid, kernels)], dim=1))
        across, down = (frame.crop(slope) for slope in found.unbind(1))
        equations = kernel_equations(edges, inner_gradients((across, down)), _SIDE)
        kernels = normalised(solve_kernels(equations, ridge_for(planes), _STEPS))
        error = (kernels - truth).square().sum((1, 2)) / truth.square().sum((1, 2))
        total = total + error.mean() / _TURNS
        kernels = kernels.detach()
    return total


def restore(network: FeatureNet, pair: Pair) -> Tensor:
    """Return held-out photos ``(1, 1, H, W)`` deblurred as by the tool, moved by whole pixels to where they belong."""
    planes = pair.given[:, 0].float()
    kernel = coarse_to_fine(planes, _SIDE, learnt_guess(network, lambda: None), lambda _: None)[0]
    picture = sharpened(planes.float(), Blur(kernel, _EVIDENCE, shows=True), 1.5, lambda _: None)[0]
    steps = range(-_SHIFTS, _SHIFTS + 1)
    moved = [picture.roll((down, right), (0, 1)) for down in steps for right in steps]
    wanted, inner = pair.wanted[0, 0], slice(_SHIFTS, -_SHIFTS)
    errors = [float((one - wanted)[inner, inner].square().mean()) for one in moved]
    return moved[min(range(len(moved)), key=errors.__getitem__)][None, None]


LESSON = Lesson(
    model="deblur.learnt_blind_net",
    what="Tells from a blurred photo, and from what the kernel so far makes of it, which gradients the sharp one has: "
    "those from which the kernel is found.",
    signature="Five convolutions. Input: N, 2, H, W, the luminance of the blurred photo and of the estimate, float32, "
    "sRGB as encoded, nominally in [0, 1], on a torus. Output: N, 2, H, W, horizontal and vertical gradients.",
    factory="plugins.restoration.learnt_blind.network:build",
    pairs=pairs, loss=loss, restore=restore, batch=4, crop=128, margin=16,
    schedule=OrthogonalSchedule(steps=1500, rate=2e-3, warmup=50, average=0.99, every=300),
    caveats=(
        "One kernel for the whole photo. It is known up to a shift: the figures are at the best one by whole pixels.",
        f"Learnt from shakes of up to {_EXTENTS[1]:.0f} pixels at the photo's own size; longer ones are found in "
        "smaller copies first.",
        "Where edges are few it takes a wrong kernel, and little is gained.",
    ),
)
TEXT = replace(
    LESSON,
    model="deblur.learnt_blind_text_net",
    what="Tells the gradients of a sharp page of text, as deblur.learnt_blind_net does of photos of anything.",
    pairs=partial(pairs, of_text=True),
    caveats=(
        *LESSON.caveats[:2],
        "Some pages it makes worse than they were: letters repeat, and so do kernels that seem to explain them.",
        "It saw drawn pages in one typeface and nothing else: on photos the other network is the better one.",
    ),
)

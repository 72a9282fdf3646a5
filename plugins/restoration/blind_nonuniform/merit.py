"""Which of several explanations of a blur is the right one."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from desktop_app.api.numerics.blur_likelihood import log_likelihoods
from desktop_app.api.numerics.differences import gradients, inner_gradients

_SPARSITY = 3.0  # nats a frequency that halving ``‖g‖₁ / ‖g‖₂`` e-fold is worth; spectra know nothing of phases
_BORDER = 12  # pixels, in which a deblurred part still rings


def merit(windows: Tensor, kernels: Tensor, restored: Tensor, sigma: float, check: Callable[[], None]) -> float:
    """Return how good an explanation is: the evidence of spectra, and how sparse the photo becomes under it.

    Either alone is misled: spectra by photos of few straight edges, sparsity by those without noise.

    Parameters
    ----------
    windows : Tensor
        ``(P, s, s)`` of the blurred photo.
    kernels : Tensor
        ``(P, k, k)``, what it is said to be blurred with there.
    restored : Tensor
        ``(h, w)``, a part of the photo deblurred accordingly.
    sigma : float
        Noise in 8-bit levels.
    check : callable
        Called for every window; may raise to stop.

    References
    ----------
    Krishnan, Tay, Fergus 2011, Blind deconvolution using a normalized sparsity measure, section 2
    """
    total = 0.0
    for window, kernel in zip(windows, kernels, strict=True):
        check()
        total += log_likelihoods(window, [kernel], sigma)[0]
    return total / len(windows) - _SPARSITY * float(_spread(restored).log())


def _spread(plane: Tensor) -> Tensor:
    """Return ``‖g‖₁ / ‖g‖₂`` of the gradients, per square root of their number: 1 where all are equal, 0 for one."""
    margin = min(_BORDER, (min(plane.shape) - 2) // 2)
    inner = plane[margin : plane.shape[0] - margin, margin : plane.shape[1] - margin]
    edges = torch.stack(inner_gradients(gradients(inner)))
    return (edges.abs().mean() / edges.square().mean().sqrt().clamp_min(1e-12)).clamp_min(1e-12)

"""Networks as tools get them: each runs in the precision that was asked for, or that serves it best here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from desktop_app.core.jobs.precision import Precision, Probe, measured, run_body


class NetworkBody(nn.Module):
    """A network called with float32 images that answers in float32.

    Parameters
    ----------
    module : nn.Module
        Frozen and in eval mode.
    choose : callable
        Returns the precision for a number of channels, given how to measure both.
    used : set of str
        Gets the precision of every call, for the step's record.
    check : callable
        Called before every layer; what it raises stops the network.
    """

    def __init__(
        self, module: nn.Module, choose: Callable[[int, Callable[[], Probe]], Precision], used: set[str],
        check: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__()
        self.body = module
        self.takes_mask = bool(getattr(module, "takes_mask", False))
        self._choose = choose
        self._used, self._check = used, check

    def forward(self, images: Tensor) -> Tensor:
        """Return the network's output for ``(N, C, H, W)``; float32 throughout while gradients are wanted."""
        wants_gradients = torch.is_grad_enabled() and images.requires_grad
        precision = "float32" if wants_gradients else self._choose(images.shape[1], lambda: self._measured(images))
        self._used.add(precision)
        with _stoppable(self.body, self._check):
            return run_body(self.body, images, precision)

    def _measured(self, images: Tensor) -> Probe:
        with _stoppable(self.body, self._check):
            return measured(self.body, images.shape[1], images.device)


@contextmanager
def _stoppable(body: nn.Module, check: Callable[[], None]) -> Iterator[None]:
    """Let a network be stopped between two of its layers."""
    layers = [layer for layer in body.modules() if not next(layer.children(), None)]
    handles = [layer.register_forward_pre_hook(lambda _layer, _given: check()) for layer in layers]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()

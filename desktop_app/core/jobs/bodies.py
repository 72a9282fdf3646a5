"""Networks as tools get them: each is probed once per device, and runs in the precision that serves it best."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from desktop_app.core.jobs.precision import Precision, example_images, probe, run_body

Choices = dict[tuple[str, str, int], Precision]


class NetworkBody(nn.Module):
    """A network called with float32 images that answers in float32.

    Parameters
    ----------
    name : str
        The model's id.
    module : nn.Module
        Frozen and in eval mode.
    choices : dict
        What was found for (model, device, channels); shared between calls and filled at the first one.
    used : set of str
        Gets the precision of every call, for the step's record.
    """

    def __init__(self, name: str, module: nn.Module, choices: Choices, used: set[str]) -> None:
        super().__init__()
        self.body = module
        self._name = name
        self._choices = choices
        self._used = used

    def forward(self, images: Tensor) -> Tensor:
        """Return the network's output for ``(N, C, H, W)``; float32 throughout while gradients are wanted."""
        precision = "float32" if torch.is_grad_enabled() and images.requires_grad else self._choose(images)
        self._used.add(precision)
        return run_body(self.body, images, precision)

    def _choose(self, images: Tensor) -> Precision:
        key = (self._name, str(images.device), images.shape[1])
        if key not in self._choices:
            self._choices[key] = probe(self.body, example_images(images.shape[1], images.device)).choice
        return self._choices[key]

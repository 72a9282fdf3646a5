"""The features from which a kernel is found: the sharp photo's gradients, as two pictures of it let one guess.

Schuler 2016 (arXiv:1406.7444, section 3) stacks modules of three steps: features by convolutions, the kernel from them
in closed form, the picture by the kernel in closed form. This is the first step, the same in every module but the first
one's picture. Which of a picture's gradients tell the blur is learnt by how far the kernel is off in the end.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from desktop_app.numerics.differences import gradients
from desktop_app.numerics.fourier import convolve, gradient_power, transfer_function

__all__ = ["FeatureNet", "build", "quotient"]

_WIDTH = 24
_LAYERS = 3
_HELD = 0.01  # how firmly slopes are held down where the kernel lets little through
_LIT = 1e-3  # the same of the mean
_FAINT = 1e-3  # spread of gradients below which a photo is flat


def quotient(blurred: Tensor, kernels: Tensor) -> Tensor:
    """Return pictures ``(P, H, W)`` float32 for kernels ``(P, k, k)``, in closed form; they wrap around.

    ``M* Y / (|M|² + held · |D|²)``: the module's last step (Schuler 2016, eq. 6).
    """
    size = (blurred.shape[-2], blurred.shape[-1])
    transfer = transfer_function(kernels, size)
    power = transfer.real.square() + transfer.imag.square()
    return convolve(blurred, transfer.conj() / (power + _HELD * gradient_power(size, blurred.device) + _LIT))


class FeatureNet(nn.Module):
    """Predict the gradients of the sharp photo that a kernel can be told from."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(6, _WIDTH, 5, padding=2)
        self.middle = nn.ModuleList(nn.Conv2d(_WIDTH, _WIDTH, 3, padding=1) for _ in range(_LAYERS))
        self.last = nn.Conv2d(_WIDTH, 4, 3, padding=1)

    def forward(self, pictures: Tensor) -> Tensor:
        """Return horizontal and vertical gradients ``(P, 2, H, W)`` float32.

        Parameters
        ----------
        pictures : Tensor
            ``(P, 2, H, W)`` float32: the blurred photo, and what it is without the blur that is known so far; both
            wrap around.
        """
        slopes = torch.stack([slope for picture in pictures.unbind(1) for slope in gradients(picture)], dim=1)
        spread = slopes[:, :2].std((1, 2, 3), keepdim=True) + _FAINT
        bands = pictures - F.avg_pool2d(pictures, 9, stride=1, padding=4, count_include_pad=False)
        features = F.relu(self.first(torch.cat([slopes, bands], dim=1) / spread))
        for layer in self.middle:
            features = features + F.relu(layer(features))
        chosen, added = self.last(features).float().chunk(2, dim=1)
        found: Tensor = slopes[:, 2:] * (chosen - 1.0).sigmoid() + spread * added
        return found


def build() -> FeatureNet:
    """Return the network with random weights."""
    return FeatureNet()

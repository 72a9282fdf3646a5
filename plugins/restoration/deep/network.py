"""The network of the learnt denoiser: the restorers' trunk, told the noise by a plane beside the photo."""

from __future__ import annotations

import torch
from torch import Tensor

from plugins.restoration.common.unet import RestorationUnet

__all__ = ["BlindDenoiser", "DeepDenoiser", "build", "build_blind"]


class DeepDenoiser(RestorationUnet):
    """Denoise photos of one or three channels, with or without the noise's standard deviation."""

    def forward(self, conditioned: Tensor) -> Tensor:
        """Return mean and standard deviation of photos that carry their noise with them.

        Parameters
        ----------
        conditioned : Tensor
            ``(N, C + 1, H, W)`` float32 with C 1 or 3: the photo, then the noise's standard deviation as in `moments`.

        Returns
        -------
        Tensor
            ``(N, 2 C, H, W)`` float32: the clean values to be expected, then the standard deviation of their error.
        """
        mean, log_variance = self.moments(conditioned[:, :-1], conditioned[:, -1:])
        return torch.cat([mean, (0.5 * log_variance).exp()], dim=1)


class BlindDenoiser(RestorationUnet):
    """The same network as any restoring network is called: photos in, photos out, the noise found by itself."""

    def forward(self, images: Tensor) -> Tensor:
        """Return the clean photos that are to be expected, ``(N, C, H, W)`` float32 with C 1 or 3."""
        return self.moments(images)[0]


def build() -> DeepDenoiser:
    """Return the network with random weights."""
    return DeepDenoiser()


def build_blind() -> BlindDenoiser:
    """Return the network that finds the noise by itself, with random weights."""
    return BlindDenoiser()

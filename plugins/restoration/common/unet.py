"""The trunk of the learnt restorers: a U-net on 2×2 blocks of pixels that gives a mean and a variance per value.

Pixels are folded two by two into channels (as FFDNet, Zhang 2018, arXiv:1710.04026), so that every convolution works on
a quarter of the photo; residual blocks without biases (Mohan 2020, arXiv:1906.05478) carry over to damage of other
strengths; a second head learns the logarithm of the squared error (Kendall, Gal 2017, arXiv:1703.04977, eq. 5).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from plugins.restoration.common.sizes import ALIGN, REACH

__all__ = ["ALIGN", "LOG_VARIANCE", "REACH", "UNTOLD", "WIDTHS", "Residual", "RestorationUnet", "blocks", "build"]

WIDTHS = (48, 96, 144)
"""Channels at a half, a quarter and an eighth of the photo's resolution."""
UNTOLD = -1.0
"""The noise's standard deviation where the network is to find it by itself."""
LOG_VARIANCE = (-14.0, 2.0)
"""Natural logarithm of squared differences of values in [0, 1]."""
_UNKNOWN = 0.1  # what the second condition is where the noise is not told; the first is then 0


class Residual(nn.Module):
    """Two convolutions whose result is added: ``(N, width, h, w)`` to the same shape.

    Parameters
    ----------
    width : int
        Channels.
    dropout : float
        Probability with which a whole channel is left out between them while training.
    """

    def __init__(self, width: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.drop = nn.Dropout2d(dropout) if dropout else nn.Identity()
        self.second = nn.Conv2d(width, width, 3, padding=1, bias=False)

    def forward(self, features: Tensor) -> Tensor:
        """Return the features with what the two convolutions found."""
        found: Tensor = self.second(self.drop(F.relu(self.first(features))))
        return features + found


def blocks(width: int, count: int, dropout: float = 0.0) -> nn.Sequential:
    """Return so many `Residual` in a row."""
    return nn.Sequential(*(Residual(width, dropout) for _ in range(count)))


class RestorationUnet(nn.Module):
    """Restore photos of one or three channels, and say how far each value may be off.

    Parameters
    ----------
    dropout : float
        Probability of the channel dropout in the coarsest level. In the finer ones it costs detail (Kong 2022,
        arXiv:2112.12089), and what comes before it is computed once for however many passes.
    """

    def __init__(self, dropout: float = 0.05) -> None:
        super().__init__()
        fine, middle, coarse = WIDTHS
        self.stem = nn.Conv2d(4 * 3 + 2, fine, 3, padding=1, bias=False)
        self.down_fine = blocks(fine, 2)
        self.to_middle = nn.Conv2d(fine, middle, 2, stride=2, bias=False)
        self.down_middle = blocks(middle, 2)
        self.to_coarse = nn.Conv2d(middle, coarse, 2, stride=2, bias=False)
        self.bottom = blocks(coarse, 2, dropout)
        self.from_coarse = nn.ConvTranspose2d(coarse, middle, 2, stride=2, bias=False)
        self.up_middle = blocks(middle, 2)
        self.from_middle = nn.ConvTranspose2d(middle, fine, 2, stride=2, bias=False)
        self.up_fine = blocks(fine, 2)
        self.head = nn.Conv2d(fine, 4 * 6, 3, padding=1, bias=False)
        # A variance cannot be zero: one constant for its head, the only bias of the network.
        self.log_variance = nn.Parameter(torch.full((1,), -7.0))

    def moments(self, images: Tensor, noise_std: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return the clean photos that are to be expected, and how far they may be off.

        Parameters
        ----------
        images : Tensor
            ``(N, 1 or 3, H, W)`` float32, nominally in [0, 1], of any size; grey is taken for three equal channels.
        noise_std : Tensor, optional
            ``(N, 1, H, W)`` or ``(N, 1, 1, 1)`` float32, of values in [0, 1] (25 levels are 25 / 255); negative where
            it is not known, as everywhere when it is not given.

        Returns
        -------
        mean, log_variance : Tensor
            Of the images' shape, float32; the natural logarithm of the expected squared error per value.
        """
        return self.in_photo(images, self.decoded(self.encoded(images, noise_std)))

    def encoded(self, images: Tensor, noise_std: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """Return the features at a half, a quarter and an eighth of the photo's resolution, padded to whole blocks."""
        height, width = images.shape[-2:]
        borders = (0, -width % ALIGN, 0, -height % ALIGN)
        told = images.new_full((len(images), 1, 1, 1), UNTOLD) if noise_std is None else noise_std
        padded = F.pad(images.expand(-1, 3, -1, -1), borders, "replicate")
        noise = F.pad(told.expand(-1, -1, height, width), borders, "replicate")[..., ::2, ::2]
        conditions = [noise.clamp(min=0.0), torch.where(noise < 0.0, _UNKNOWN, 0.0)]
        fine = self.down_fine(self.stem(torch.cat([F.pixel_unshuffle(padded, 2), *conditions], dim=1)))
        middle = self.down_middle(self.to_middle(fine))
        return fine, middle, self.bottom(self.to_coarse(middle))

    def decoded(self, features: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        """Return what both heads look at, of the features that `encoded` found."""
        fine, middle, coarse = features
        middle = self.up_middle(middle + self.from_coarse(coarse))
        found: Tensor = self.up_fine(fine + self.from_middle(middle))
        return found

    def in_photo(self, images: Tensor, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log variance of photos, by both heads, from what `decoded` returned."""
        height, width = images.shape[-2:]
        found = F.pixel_shuffle(self.head(features), 2).float()[..., :height, :width]
        residual, spread = found[:, :3], (found[:, 3:] + self.log_variance).clamp(*LOG_VARIANCE)
        if images.shape[1] == 1:
            residual, spread = residual.mean(1, keepdim=True), spread.mean(1, keepdim=True)
        return images + residual, spread

    def forward(self, images: Tensor) -> Tensor:
        """Return ``(N, 2 C, H, W)`` float32 of photos ``(N, C, H, W)``: the mean, then the deviation of its error."""
        mean, log_variance = self.moments(images)
        return torch.cat([mean, (0.5 * log_variance).exp()], dim=1)


def build() -> RestorationUnet:
    """Return the network with random weights."""
    return RestorationUnet()

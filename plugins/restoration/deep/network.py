"""The network of the learnt denoiser: a U-net on 2×2 blocks of pixels that gives a mean and a variance per value.

Pixels are folded two by two into channels (as FFDNet, Zhang 2018, arXiv:1710.04026), so that every convolution works on
a quarter of the photo; residual blocks without biases (Mohan 2020, arXiv:1906.05478) carry over to noise of other
strengths; a second head learns the logarithm of the squared error (Kendall, Gal 2017, arXiv:1703.04977, eq. 5).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["BlindDenoiser", "DeepDenoiser", "build", "build_blind"]

_WIDTHS = (48, 96, 144)  # channels at a half, a quarter and an eighth of the photo's resolution
_MULTIPLE = 8  # height and width are padded to multiples of it: one folding, two halvings
_UNKNOWN = 0.1  # what the second condition is where the noise is not told; the first is then 0
LOG_VARIANCE = (-14.0, 2.0)  # natural logarithm of squared differences of values in [0, 1]


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


def _blocks(width: int, count: int, dropout: float = 0.0) -> nn.Sequential:
    return nn.Sequential(*(Residual(width, dropout) for _ in range(count)))


class DeepDenoiser(nn.Module):
    """Denoise photos of one or three channels, with or without the noise's standard deviation.

    Parameters
    ----------
    dropout : float
        Probability of the channel dropout in the coarsest level. In the finer ones it costs detail (Kong 2022,
        arXiv:2112.12089), and what comes before it is computed once for however many passes.
    """

    def __init__(self, dropout: float = 0.05) -> None:
        super().__init__()
        fine, middle, coarse = _WIDTHS
        self.stem = nn.Conv2d(4 * 3 + 2, fine, 3, padding=1, bias=False)
        self.down_fine = _blocks(fine, 2)
        self.to_middle = nn.Conv2d(fine, middle, 2, stride=2, bias=False)
        self.down_middle = _blocks(middle, 2)
        self.to_coarse = nn.Conv2d(middle, coarse, 2, stride=2, bias=False)
        self.bottom = _blocks(coarse, 2, dropout)
        self.from_coarse = nn.ConvTranspose2d(coarse, middle, 2, stride=2, bias=False)
        self.up_middle = _blocks(middle, 2)
        self.from_middle = nn.ConvTranspose2d(middle, fine, 2, stride=2, bias=False)
        self.up_fine = _blocks(fine, 2)
        self.head = nn.Conv2d(fine, 4 * 6, 3, padding=1, bias=False)
        # A variance cannot be zero: one constant for its head, the only bias of the network.
        self.log_variance = nn.Parameter(torch.full((1,), -7.0))

    def moments(self, images: Tensor, noise_std: Tensor) -> tuple[Tensor, Tensor]:
        """Return the clean photos that are to be expected, and how far they may be off.

        Parameters
        ----------
        images : Tensor
            ``(N, 1 or 3, H, W)`` float32, nominally in [0, 1], of any size; grey is taken for three equal channels.
        noise_std : Tensor
            ``(N, 1, H, W)`` or ``(N, 1, 1, 1)`` float32, of values in [0, 1] (25 levels are 25 / 255); negative where
            it is not known.

        Returns
        -------
        mean, log_variance : Tensor
            Of the images' shape, float32; the natural logarithm of the expected squared error per value.
        """
        height, width = images.shape[-2:]
        borders = (0, -width % _MULTIPLE, 0, -height % _MULTIPLE)
        padded = F.pad(images.expand(-1, 3, -1, -1), borders, "replicate")
        noise = F.pad(noise_std.expand(-1, -1, height, width), borders, "replicate")
        found = F.pixel_shuffle(self.head(self._features(padded, noise)), 2).float()[..., :height, :width]
        residual, spread = found[:, :3], (found[:, 3:] + self.log_variance).clamp(*LOG_VARIANCE)
        if images.shape[1] == 1:
            residual, spread = residual.mean(1, keepdim=True), spread.mean(1, keepdim=True)
        return images + residual, spread

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

    def _features(self, padded: Tensor, noise: Tensor) -> Tensor:
        told = noise[..., ::2, ::2]
        conditions = [told.clamp(min=0.0), torch.where(told < 0.0, _UNKNOWN, 0.0)]
        fine = self.down_fine(self.stem(torch.cat([F.pixel_unshuffle(padded, 2), *conditions], dim=1)))
        middle = self.down_middle(self.to_middle(fine))
        middle = self.up_middle(middle + self.from_coarse(self.bottom(self.to_coarse(middle))))
        features: Tensor = self.up_fine(fine + self.from_middle(middle))
        return features


class BlindDenoiser(DeepDenoiser):
    """The same network as any restoring network is called: photos in, photos out, the noise found by itself."""

    def forward(self, images: Tensor) -> Tensor:
        """Return the clean photos that are to be expected, ``(N, C, H, W)`` float32 with C 1 or 3."""
        return self.moments(images, images.new_full((1, 1, 1, 1), -1.0).expand(len(images), -1, -1, -1))[0]


def build() -> DeepDenoiser:
    """Return the network with random weights."""
    return DeepDenoiser()


def build_blind() -> BlindDenoiser:
    """Return the network that finds the noise by itself, with random weights."""
    return BlindDenoiser()

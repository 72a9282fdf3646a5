"""The residual network behind the bundled CIFAR-10 classifier; torch only, no files, no host.

Written from the papers, with thanks for the ideas:

* the residual branch: He et al. 2016, "Deep Residual Learning", doi:10.1109/CVPR.2016.90, eq. 1;
* pooling right after a widening convolution, few wide layers, a scale on the logits: D. Page, "How to train
  your ResNet" (2018-2019), DAWNBench notes;
* a first layer that whitens patches, identity ('dirac') initialisation, batch norm without a gain:
  K. Jordan 2024, "94% on CIFAR-10 in 3.29 seconds", arXiv:2404.00498, sections 3.2-3.3;
* dropout kept for sampling: Gal and Ghahramani 2016, arXiv:1506.02142; whole channels: Tompson et al. 2015,
  arXiv:1411.4280.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

LABELS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
"""What output 0 to 9 means."""

SIDE = 32
"""Height and width, in pixels, at which the network looks at a photo."""

CHANNEL_MEAN = (0.4914, 0.4822, 0.4465)
CHANNEL_STD = (0.2470, 0.2435, 0.2616)
"""Of the CIFAR-10 training images in [0, 1]; held in buffers, so a checkpoint may say otherwise."""

PATCH = 2
WHITENED = 2 * 3 * PATCH * PATCH
"""Channels after the whitening layer: each of the 12 principal directions, with both signs."""

WIDTHS = (64, 192, 240)
SMALL_WIDTHS = (32, 96, 192)
"""Channels after each stage, of the large and of the small net."""


class ResidualStage(nn.Module):
    """Widen and halve the picture, then add a two-convolution residual: ``y = f(p + F(p))``.

    Shapes: ``(N, inputs, H, W)`` to ``(N, outputs, H // 2, W // 2)``.
    """

    def __init__(self, inputs: int, outputs: int, dropout: float) -> None:
        super().__init__()
        self.widen = _convolution(inputs, outputs)
        self.pool = nn.MaxPool2d(2)
        self.norm = _norm(outputs)
        self.first = _convolution(outputs, outputs)
        self.first_norm = _norm(outputs)
        self.second = _convolution(outputs, outputs)
        self.second_norm = _norm(outputs)
        self.dropout = nn.Dropout2d(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Apply the stage."""
        trunk = F.gelu(self.norm(self.pool(self.widen(x))))
        branch = F.gelu(self.first_norm(self.first(trunk)))
        branch = self.dropout(self.second_norm(self.second(branch)))
        return F.gelu(trunk + branch)  # He et al., eq. 1


class TenThings(nn.Module):
    """What the nets share that say which of ten things (`LABELS`) a photo shows: preprocessing inside, differentiable.

    The whole photo is resized to 32 x 32, so its sides' ratio is ignored; nothing is cropped away. A photo
    that is not 32 x 32 is resized bilinearly with antialiasing: shrinking averages over the area that each
    small pixel covers. The networks are trained on small, centred objects: of a large scene they see 32 pixels.

    Parameters
    ----------
    logit_scale : float
        On the logits, before a temperature is fitted.
    """

    channel_mean: Tensor
    channel_std: Tensor
    logit_scale: Tensor
    head: nn.Linear

    def __init__(self, logit_scale: float) -> None:
        super().__init__()
        self.register_buffer("channel_mean", torch.tensor(CHANNEL_MEAN).view(1, 3, 1, 1))
        self.register_buffer("channel_std", torch.tensor(CHANNEL_STD).view(1, 3, 1, 1))
        self.register_buffer("logit_scale", torch.tensor(logit_scale))

    def preprocess(self, x: Tensor) -> Tensor:
        """Repeat grey to three channels, resize to 32 x 32, normalise each channel.

        Parameters
        ----------
        x : Tensor
            ``(N, C, H, W)``, C 1 or 3, floating point in [0, 1], as encoded (sRGB), any size.

        Returns
        -------
        Tensor
            ``(N, 3, 32, 32)``, about zero mean and unit spread.
        """
        _check_photos(x)
        x = x.expand(-1, 3, -1, -1)
        if x.shape[-2:] != (SIDE, SIDE):
            x = F.interpolate(x, (SIDE, SIDE), mode="bilinear", antialias=True)
        return (x - self.channel_mean) / self.channel_std


class Cifar10ResNet(TenThings):
    """A residual network of a whitening layer and three stages.

    Parameters
    ----------
    widths : sequence of int
        Channels after each stage.
    channel_dropout, head_dropout : float
        Probability with which a channel of a residual, or a feature before the last layer, is left out.

    Examples
    --------
    >>> import torch
    >>> build().eval()(torch.rand(2, 1, 48, 80)).shape
    torch.Size([2, 10])
    """

    def __init__(
        self, widths: Sequence[int] = WIDTHS, channel_dropout: float = 0.1, head_dropout: float = 0.1
    ) -> None:
        super().__init__(1 / 9)
        self.whiten = nn.Conv2d(3, WHITENED, PATCH)
        self.whiten.weight.requires_grad_(False)
        if self.whiten.bias is not None:  # always: for the type checker
            nn.init.zeros_(self.whiten.bias)
        inputs = (WHITENED, *widths[:-1])
        stages = [ResidualStage(i, o, channel_dropout) for i, o in zip(inputs, widths, strict=True)]
        self.stages = nn.Sequential(*stages)
        self.head_dropout = nn.Dropout(head_dropout)
        self.head = nn.Linear(widths[-1], len(LABELS), bias=False)
        nn.init.normal_(self.head.weight, std=widths[-1] ** -0.5)

    def features(self, x: Tensor) -> Tensor:
        """Return what the last layer looks at, ``(N, widths[-1])``, of photos ``(N, C, H, W)`` in [0, 1]."""
        found: Tensor = self.stages(F.gelu(self.whiten(self.preprocess(x)))).amax(dim=(2, 3))
        return found

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits ``(N, 10)`` of photos ``(N, C, H, W)`` in [0, 1]; see `preprocess`."""
        logits: Tensor = self.head(self.head_dropout(self.features(x))) * self.logit_scale
        return logits


def build() -> Cifar10ResNet:
    """Return the network with fresh weights, in train mode; load a state dict into it, then call ``eval()``.

    Returns
    -------
    Cifar10ResNet
        About 2.3 million parameters and 117 million multiplications a photo.
    """
    return Cifar10ResNet()


def build_small() -> Cifar10ResNet:
    """Return a net of 1.1 million parameters and 39 million multiplications a photo, without dropout; see `build`."""
    return Cifar10ResNet(SMALL_WIDTHS, 0.0, 0.0)


def build_dropout() -> Cifar10ResNet:
    """Return the small net with much dropout, whose passes differ visibly; see `build`."""
    return Cifar10ResNet(SMALL_WIDTHS, 0.2, 0.5)


def whitening_filters(patched: Tensor, epsilon: float = 1e-2) -> Tensor:
    """Return filters that turn image patches into uncorrelated numbers of equal spread.

    Parameters
    ----------
    patched : Tensor
        ``(N, 3, H, W)`` photos after `TenThings.preprocess`.
    epsilon : float
        Added to the variances, in units of squared normalised intensity. Larger makes the classifier less
        sensitive to fine colour detail. The default is near the error of the JPEG copies of CIFAR-10
        (30.4 dB): what JPEG has erased must not be amplified when a photo still has it.

    Returns
    -------
    Tensor
        ``(24, 3, 2, 2)``: the principal directions of the patches over their spread, then their negatives
        (arXiv:2404.00498, section 3.2).
    """
    patches = F.unfold(patched, PATCH).transpose(1, 2).reshape(-1, 3 * PATCH * PATCH)
    variances, directions = torch.linalg.eigh(torch.cov(patches.T))
    filters = (directions / (variances + epsilon).sqrt()).T.reshape(-1, 3, PATCH, PATCH)
    return torch.cat([filters, -filters])


def _convolution(inputs: int, outputs: int) -> nn.Conv2d:
    """A 3 x 3 convolution that starts by passing its inputs through (the dirac start of 2404.00498)."""
    layer = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
    nn.init.dirac_(layer.weight.data[: min(inputs, outputs)])
    return layer


def _norm(channels: int) -> nn.BatchNorm2d:
    layer = nn.BatchNorm2d(channels, momentum=0.2)
    layer.weight.requires_grad_(False)
    return layer


def _check_photos(x: Tensor) -> None:
    if x.ndim != 4 or x.shape[1] not in (1, 3) or not x.is_floating_point():
        raise ValueError(
            f"expected photos (N, C, H, W) with C 1 or 3, floating point in [0, 1], got {tuple(x.shape)} of "
            f"{x.dtype}; convert integers with x / 255 and add a batch axis with x[None]"
        )

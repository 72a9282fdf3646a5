"""The network of progressive rain removal: the trunk with a memory, applied to its own result stage by stage.

As PReNet (Ren et al. 2019, arXiv:1901.09221): every stage has the same weights, sees the rainy photo beside what the
stage before made of it, and is handed that stage's features. Its trunk is the U-net of the learnt restorers, which sees
far at a tenth of the cost; its memory is the finest features themselves in place of an LSTM.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from plugins.restoration.common.unet import ALIGN, WIDTHS, RestorationUnet

__all__ = ["STAGES", "ProgressiveDerainer", "build"]

STAGES = 3
_UNKNOWN = 0.1  # the condition by which the trunk is told to find the noise itself


class ProgressiveDerainer(RestorationUnet):
    """Take rain out of photos ``(N, 1 or 3, H, W)``, in `STAGES` stages.

    With the weights of the trunk alone every stage is the trunk: what a stage sees of the rainy photo and of the
    features before begins at zero.
    """

    def __init__(self) -> None:
        super().__init__(dropout=0.0)
        fine = WIDTHS[0]
        self.rainy = nn.Conv2d(4 * 3, fine, 3, padding=1, bias=False)
        self.memory = nn.Conv2d(fine, fine, 3, padding=1, bias=False)
        for added in (self.rainy, self.memory):
            nn.init.zeros_(added.weight)

    def stages(self, images: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Return mean and log variance after every stage, each of the images' shape, float32."""
        height, width = images.shape[-2:]
        borders = (0, -width % ALIGN, 0, -height % ALIGN)
        rainy = self.rainy(_folded(images, borders))
        estimate, remembered, found = images, torch.zeros_like(rainy), []
        for _ in range(STAGES):
            seen = self.stem(self._conditioned(_folded(estimate, borders))) + rainy + self.memory(remembered)
            fine = self.down_fine(seen)
            middle = self.down_middle(self.to_middle(fine))
            remembered = self.decoded((fine, middle, self.bottom(self.to_coarse(middle))))
            estimate, log_variance = self.in_photo(estimate, remembered)
            found.append((estimate, log_variance))
        return found

    def moments(self, images: Tensor, noise_std: Tensor | None = None) -> tuple[Tensor, Tensor]:  # noqa: ARG002
        """Return mean and log variance after the last stage; no noise is told."""
        return self.stages(images)[-1]

    def _conditioned(self, folded: Tensor) -> Tensor:
        """Return folded photos with the trunk's two conditions: no noise is told."""
        none = folded.new_zeros(len(folded), 1, *folded.shape[-2:])
        return torch.cat([folded, none, none + _UNKNOWN], dim=1)


def _folded(images: Tensor, borders: tuple[int, int, int, int]) -> Tensor:
    return F.pixel_unshuffle(F.pad(images.expand(-1, 3, -1, -1), borders, "replicate"), 2)


def build() -> ProgressiveDerainer:
    """Return the network with random weights."""
    return ProgressiveDerainer()

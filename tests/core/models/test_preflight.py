"""What is found out about a classifier before its figures are believed, where the usual signs are misleading."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from desktop_app.core.models.preflight import preflight


class Spare(nn.Module):
    """Has a batch norm that it does not use, as networks cut out of larger ones have."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.body, self.norm = nn.Conv2d(3, 5, 3), nn.BatchNorm2d(5)

    def forward(self, images: Tensor) -> Tensor:
        return self.body(images).mean((2, 3))


def test_a_batch_norm_that_is_not_used_tells_nothing() -> None:
    found = preflight(Spare().eval())
    assert found["evidence"] == "answers"
    assert found["outputs"] == 5

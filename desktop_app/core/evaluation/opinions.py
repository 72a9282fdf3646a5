"""The second opinion by which widths are scaled, asked of the engine (`desktop_app.numerics.error_scale`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.request import ToolRequest
from desktop_app.numerics.error_scale import ASKED

if TYPE_CHECKING:
    from torch import Tensor

    from desktop_app.core.jobs.control import JobControl
    from desktop_app.core.jobs.engine import Engine
    from desktop_app.numerics.error_scale import Opinion

__all__ = ["asked_of"]

_LEVELS = 255.0


def asked_of(engine: Engine, control: JobControl | None = None) -> Opinion:
    """Return the opinion of the tool that the scale of errors asks, on photos one by one."""
    import torch

    def ask(photos: Tensor) -> tuple[Tensor, Tensor]:
        found, doubts = [], []
        for photo in photos:
            raster = Raster(np.ascontiguousarray(photo.permute(1, 2, 0).numpy(), np.float32))
            outcome = engine.run(ToolRequest(*ASKED), raster, control=control, exact_16=False)
            assert outcome.raster is not None
            found.append(torch.from_numpy(outcome.raster.planes()))
            doubts.append(torch.from_numpy(outcome.maps[0].values) / _LEVELS)
        return torch.stack(found), torch.stack(doubts)

    return ask

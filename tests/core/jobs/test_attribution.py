"""Where a model looks before and after an attack: each photo's map is of its own steepest pixel."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.engine import Engine
from desktop_app.core.jobs.request import ModelSpec, ToolRequest


class Corner(nn.Module):
    """Two classes by two pixels alone: the first counts twice as much as the second."""

    def forward(self, images: Tensor) -> Tensor:
        seen = 2.0 * images[:, :, 0, 1].mean(1) + images[:, :, 2, 3].mean(1)
        return torch.stack([seen, -seen], 1)


def test_the_maps_are_shares_of_the_steepest_pixel(engine: Engine, nets: Any, raster: Raster) -> None:
    nets.module = Corner()
    subjects = (ModelSpec("brightness"),)
    plain = engine.run(ToolRequest("fake.push", {"eps": 4.0}, subjects=subjects), raster)
    assert not [layer for layer in plain.maps if layer.kind == "attribution"]
    outcome = engine.run(ToolRequest("fake.push", {"eps": 4.0, "attribution": True}, subjects=subjects), raster)
    maps = {layer.name: layer.values for layer in outcome.maps if layer.kind == "attribution"}
    assert list(maps) == ["attribution before", "attribution after"]
    expected = np.zeros((raster.height, raster.width), np.float32)
    expected[0, 1], expected[2, 3] = 1.0, 0.5
    for values in maps.values():
        np.testing.assert_allclose(values, expected, atol=1e-6)

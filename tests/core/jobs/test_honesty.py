"""What the engine says of a step is what was done: verdicts, hashes, notices, and nothing too much or too little."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from desktop_app.api import AttackParams, Result, ToolError
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.engine import Engine
from desktop_app.core.jobs.judge import judge
from desktop_app.core.jobs.memory import forecast
from desktop_app.core.jobs.request import ToolRequest
from tests.core.jobs.conftest import Tools, tool


@dataclass
class Threshold:
    """Says ``bright`` above so many levels."""

    levels: float
    id: str = "fake.threshold"
    labels: tuple[str, ...] = ("dark", "bright")
    module: Any = None

    def __call__(self, images: Tensor) -> Tensor:
        above = images.mean((1, 2, 3)) * 255.0 - self.levels
        return torch.stack([-above, above], 1)


@pytest.mark.parametrize(("levels", "reached", "success", "printed"), [
    (100.2, 100.4, True, False),  # over the threshold, but rounded back below it
    (100.8, 100.6, False, True),  # below it, but rounded over it
    (100.2, 100.6, True, True),
    (101.5, 100.6, False, False),
])  # fmt: skip
def test_success_after_rounding_is_judged_on_the_rounded_picture(
    levels: float, reached: float, success: bool, printed: bool
) -> None:
    original, attacked = (torch.full((1, 3, 4, 5), value / 255.0) for value in (100.0, reached))
    (report,) = judge(original, attacked, AttackParams(eps=2.0), Threshold(levels), []).reports
    assert (report["success"], report["success_after_8bit"]) == (success, printed)
    assert report["model"] == "fake.threshold"


def test_a_true_class_is_what_success_is_measured_against() -> None:
    original = torch.full((1, 3, 4, 5), 100.0 / 255.0)
    reports = [
        judge(original, original, AttackParams(eps=2.0, true_class=name), Threshold(50.0), []).reports[0]["success"]
        for name in ("bright", "dark")
    ]
    assert reports == [False, True]


def test_an_attack_without_a_model_claims_no_success() -> None:
    original = torch.full((1, 3, 4, 5), 0.5)
    (report,) = judge(original, original, AttackParams(eps=2.0), None, [{"own": 1}]).reports
    assert report == {"own": 1, "norm": "linf", "eps": 2.0, "steps": None, "linf": 0.0, "l2": 0.0}


def test_the_perturbation_is_each_pixels_most_changed_channel_in_levels() -> None:
    original = torch.full((1, 3, 1, 2), 0.5)
    attacked = original.clone()
    attacked[0, 1, 0, 0] += 3.0 / 255.0
    attacked[0, 2, 0, 1] -= 1.0 / 255.0
    layer = judge(original, attacked, AttackParams(eps=8.0), None, []).perturbation
    assert layer.values.flatten().tolist() == pytest.approx([3.0, 1.0], abs=1e-3)


def test_the_record_names_the_models_weights(engine: Engine, raster: Raster) -> None:
    asked = engine.run(ToolRequest("fake.push", model="fake.model"), raster).record
    assert (asked.model, asked.model_sha256) == ("fake.model", "0" * 64)
    alone = engine.run(ToolRequest("fake.blur"), raster).record
    assert (alone.model, alone.model_sha256) == (None, None)


@pytest.mark.parametrize("count", [2, 3])
def test_more_reports_than_photos_are_refused(
    count: int, engine: Engine, tools: Tools, functions: dict[str, Any], raster: Raster
) -> None:
    functions["fake:many"] = lambda images, params, run: Result(image=images, reports=[{}] * count)
    tools.known["fake.many"] = tool("fake.many", "restoration", "fake:many")
    with pytest.raises(ToolError, match=r"fake\.many.*report"):
        engine.run(ToolRequest("fake.many"), raster)


@pytest.mark.parametrize("scale", [1, 2])
def test_alpha_belongs_to_the_size_that_it_has(
    scale: int, engine: Engine, tools: Tools, functions: dict[str, Any]
) -> None:
    functions["fake:grow"] = lambda images, params, run: Result(
        image=torch.nn.functional.interpolate(images, scale_factor=scale)
    )
    tools.known["fake.grow"] = tool("fake.grow", "restoration", "fake:grow", scale=scale)
    photo = Raster(np.zeros((4, 6, 3), np.uint8), np.full((4, 6), 200, np.uint8))
    grown = engine.run(ToolRequest("fake.grow"), photo).raster
    assert grown is not None
    assert (grown.height, grown.width) == (4 * scale, 6 * scale)
    assert grown.alpha is None or grown.alpha.shape == (grown.height, grown.width)
    assert scale > 1 or grown.alpha is not None


@pytest.mark.parametrize("factor", [0.5, 0.9, 1.1, 2.0])
def test_the_notice_warns_when_memory_is_short_and_only_then(factor: float) -> None:
    need = forecast(100, 100, 3, reach=None, scale=1, memory=5.0, free=1).bytes_needed
    assert need == 4 * 3 * 100 * 100 * 6  # five tiles to work in, and the result
    told = forecast(100, 100, 3, reach=None, scale=1, memory=5.0, free=int(need * factor))
    assert told.is_short is (factor < 1.0)
    assert ("it may fail" in told.sentence) is (factor < 1.0)
    assert ("the whole photo at once" in told.sentence) is (factor > 1.0)


def test_a_notice_names_the_tiles() -> None:
    cut = forecast(1000, 1000, 3, reach=4, scale=1, memory=10.0, free=60_000_000)
    assert cut.tile is not None
    assert f"tiles of {cut.tile} pixels" in cut.sentence
    assert "MB" in cut.sentence

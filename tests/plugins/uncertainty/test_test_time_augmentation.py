"""Test-time augmentation: turns that undo each other, a spread that is a standard deviation, targets that enlarge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor

from desktop_app.api import ParameterError, Result, Tool
from desktop_app.core.jobs.request import TargetSpec
from desktop_app.testing import BLUR, Bench
from plugins.uncertainty.test_time_augmentation import algorithm
from plugins.uncertainty.test_time_augmentation.descriptor import verilens_tools

TOOL = verilens_tools()[0]
HERE = "tests.plugins.uncertainty.test_test_time_augmentation"


def described(function: str, **more: Any) -> Tool:
    return Tool(
        id=f"mine.{function}", title="Mine", kind="restoration", summary="Does it.", version="1.0",
        algorithm=f"{HERE}:{function}", **more,
    )


def enlarge(images: Tensor, params: Any, run: Any) -> Result:
    return Result(image=images.repeat_interleave(2, -1).repeat_interleave(2, -2))


def slope(images: Tensor, params: Any, run: Any) -> Result:
    """Adds a ramp from left to right: what a turn changes."""
    return Result(image=images + torch.linspace(0.0, 0.1, images.shape[-1]))


def dice(images: Tensor, params: Any, run: Any) -> Result:
    return Result(image=images + 0.1 * run.randn(images))


@dataclass(frozen=True)
class Targets:
    known: tuple[Tool, ...] = (described("enlarge", scale=2), described("slope"), described("dice", stochastic=True))

    def tool(self, tool_id: str) -> Tool:
        return next(tool for tool in self.known if tool.id == tool_id)

    def plugin_of(self, tool_id: str) -> tuple[str, str]:
        return "mine", "1.0"


def questioned(images: Tensor, target: str, **params: Any) -> Result:
    return Bench(TOOL, Targets()).call(images, params, targets=[TargetSpec(target)])


def spread(result: Result) -> Tensor:
    return next(layer.values for layer in result.maps if layer.name == "spread")


@pytest.mark.parametrize(("transforms", "count"), [("all", 8), ("flips", 4), ("none", 1)])
def test_turns_differ_and_are_undone(transforms: str, count: int) -> None:
    image = torch.arange(2.0 * 3 * 5).view(1, 2, 3, 5)
    views = algorithm.views(transforms)
    turned = [algorithm.turned(image, *view) for view in views]
    assert len({tuple(one.flatten().tolist()) + tuple(one.shape) for one in turned}) == count
    for one, view in zip(turned, views, strict=True):
        assert algorithm.unturned(one, *view).equal(image)


def test_the_picture_is_the_plain_restoration() -> None:
    images = torch.rand(2, 3, 11, 14)
    result = questioned(images, BLUR.id)
    plain = Bench(BLUR).call(images).image
    assert result.image is not None
    assert plain is not None
    assert result.image.equal(plain)


def test_the_spread_is_the_standard_deviation_over_the_turns() -> None:
    images = torch.zeros(1, 1, 4, 6)
    wide, tall = torch.linspace(0, 0.1, 6).expand(4, 6), torch.linspace(0, 0.1, 4)[:, None].expand(4, 6)
    ramps = torch.stack([wide, wide.flip(-1), tall, tall.flip(-2)] * 2)
    result = questioned(images, "mine.slope", noise_std=0.0)
    torch.testing.assert_close(spread(result)[0], ramps.std(0) * 255.0, atol=1e-3, rtol=0.0)


def test_noise_of_a_known_strength_is_read_back_as_spread() -> None:
    images = torch.full((1, 3, 40, 50), 0.5)
    values = spread(questioned(images, "mine.enlarge", noise_std=3.0, repeats=4))
    assert values.shape == (1, 80, 100)
    assert float(values.square().mean().sqrt()) == pytest.approx(3.0, rel=0.03)


def test_a_target_that_throws_dice_gets_other_seeds_in_every_run() -> None:
    values = spread(questioned(torch.full((1, 1, 30, 30), 0.5), "mine.dice", noise_std=0.0, transforms="flips"))
    assert float(values.square().mean().sqrt()) == pytest.approx(25.5, rel=0.05)


def test_no_interval_is_offered() -> None:
    result = questioned(torch.rand(1, 3, 9, 9), BLUR.id)
    assert [layer.name for layer in result.maps] == ["spread"]
    with pytest.raises(ParameterError, match="coverage"):
        questioned(torch.rand(1, 3, 9, 9), BLUR.id, coverage=0.8)


def test_the_report_has_the_contracts_names_and_a_caveat() -> None:
    result = questioned(torch.rand(2, 3, 9, 9), BLUR.id, repeats=2)
    for sample, report in enumerate(result.reports):
        assert report["method"] == "test-time augmentation"
        assert report["target_coverage"] is None
        assert report["runs"] == 16
        assert report["mean_std"] == pytest.approx(float(spread(result)[sample].mean()), rel=1e-5)
        assert "not an interval" in report["caveats"][0]


@pytest.mark.parametrize("params", [{"repeats": 1}, {"repeats": 3, "noise_std": 0.0}])
def test_runs_that_cannot_differ_are_refused(params: dict[str, Any]) -> None:
    with pytest.raises(ParameterError, match="different runs"):
        questioned(torch.rand(1, 1, 5, 5), BLUR.id, transforms="none", **params)

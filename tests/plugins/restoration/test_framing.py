"""Crop, turn, straighten and resize: pixels go where they are said to go, and transparency goes with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from desktop_app.api import ParameterError, Tool
from desktop_app.api.errors import VerilensError
from desktop_app.api.resources import bundled
from desktop_app.core.application import Application
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.request import Outcome, ToolRequest
from desktop_app.core.jobs.stack import Sample
from desktop_app.core.lab.metrics import psnr
from desktop_app.core.steps.step import Step, run_step
from desktop_app.core.steps.whom import targets
from desktop_app.testing import call_tool
from plugins.restoration.crop.descriptor import verilens_tools as crop_tools
from plugins.restoration.resize.descriptor import verilens_tools as resize_tools
from plugins.restoration.rotate.descriptor import verilens_tools as rotate_tools
from tests.support.photos import colour_photo
from tests.support.restoring import picture_of

CROP, ROTATE, RESIZE = crop_tools()[0], rotate_tools()[0], resize_tools()[0]
SMALL = torch.arange(2 * 3 * 6 * 8, dtype=torch.float32).view(2, 3, 6, 8) / 300


def made(tool: Tool, images: Tensor, **params: Any) -> Tensor:
    return picture_of(call_tool(tool, images, params))


@pytest.mark.parametrize(("params", "rows", "columns"), [
    ({}, slice(0, 6), slice(0, 8)),
    ({"left": 2, "top": 1, "width": 3, "height": 4}, slice(1, 5), slice(2, 5)),
    ({"left": 5}, slice(0, 6), slice(5, 8)),
    ({"left": 25, "top": 50, "width": 50, "unit": "%"}, slice(3, 6), slice(2, 6)),
    ({"ratio": "1:1"}, slice(0, 6), slice(1, 7)),
    ({"ratio": "2:1"}, slice(1, 5), slice(0, 8)),
    ({"left": 4, "ratio": "1:2"}, slice(0, 6), slice(4, 7)),
])  # fmt: skip
def test_a_crop_keeps_its_rectangle_to_the_last_bit(params: dict[str, Any], rows: slice, columns: slice) -> None:
    assert made(CROP, SMALL, **params).equal(SMALL[..., rows, columns])


@pytest.mark.parametrize("params", [
    {"left": 8}, {"top": 6}, {"width": 9}, {"left": 4, "width": 5}, {"height": 0},
    {"left": 60, "width": 50, "unit": "%"},
])  # fmt: skip
def test_a_crop_beyond_the_photo_is_refused_in_a_sentence(params: dict[str, Any]) -> None:
    with pytest.raises(ParameterError, match=r"change (left|top) or (width|height)"):
        made(CROP, SMALL, **params)


@pytest.mark.parametrize(("there", "back"), [
    ({"turn": "left"}, {"turn": "right"}), ({"turn": "half"}, {"turn": "half"}),
    ({"flip": "left-right"}, {"flip": "left-right"}), ({"flip": "top-bottom"}, {"flip": "top-bottom"}),
])  # fmt: skip
def test_turns_and_flips_come_back_to_the_last_bit(there: dict[str, str], back: dict[str, str]) -> None:
    turned = made(ROTATE, SMALL, **there)
    assert not turned.equal(SMALL)
    assert made(ROTATE, turned, **back).equal(SMALL)


def test_right_is_clockwise_and_flips_come_after_the_turn() -> None:
    right = made(ROTATE, SMALL, turn="right")
    assert right[0, 0, 0, -1] == SMALL[0, 0, 0, 0]  # the upper left corner becomes the upper right one
    assert made(ROTATE, SMALL, turn="right", flip="left-right").equal(right.flip(-1))


def test_a_tilt_turns_to_the_right() -> None:
    image = torch.zeros(1, 1, 41, 41)
    image[..., 20, 30:] = 1.0  # a hand at three o'clock
    tilted = made(ROTATE, image, angle=30.0, corners="black")
    row, column = divmod(int(tilted.flatten().argmax()), tilted.shape[-1])
    middle = tilted.shape[-1] / 2
    assert (row - middle) / (column - middle) == pytest.approx(np.tan(np.radians(30)), abs=0.1)


def test_a_tilt_there_and_back_costs_little() -> None:
    photo = colour_photo(bundled("samples/cat.png"))[..., :200, :240]
    there = made(ROTATE, photo, angle=7.0, corners="mirror")
    back = made(ROTATE, there, angle=-7.0, corners="mirror")
    top, left = (back.shape[-2] - 200) // 2, (back.shape[-1] - 240) // 2
    middle = back[0, :, top + 50 : top + 150, left + 50 : left + 190]
    assert psnr(middle.numpy(), photo[0, :, 50:150, 50:190].numpy()) > 28


@pytest.mark.parametrize("angle", [0.3, 4.0, -11.0, 45.0])
def test_cropped_corners_hold_nothing_that_was_not_there(angle: float) -> None:
    white = torch.ones(1, 1, 120, 90)
    inner, outer = (made(ROTATE, white, angle=angle, corners=corners) for corners in ("crop", "black"))
    assert inner.shape[-2] < 120 < outer.shape[-2]
    assert inner.shape[-1] / inner.shape[-2] == pytest.approx(0.75, abs=0.02)
    top, left = ((a - b) // 2 for a, b in zip(outer.shape[-2:], inner.shape[-2:], strict=True))
    kept = outer[..., top : top + inner.shape[-2], left : left + inner.shape[-1]]
    assert float(kept[..., 1:-1, 1:-1].min()) > 0.99  # what is kept lies on the photo …
    assert float(outer.min()) < 0.2  # … and what is cut off does not
    assert float(outer.sum()) == pytest.approx(120 * 90, rel=0.01)  # nothing is lost where all of it stays


@pytest.mark.parametrize(("params", "size"), [
    ({}, (6, 8)), ({"percent": 50}, (3, 4)), ({"percent": 0.1}, (1, 1)), ({"long_side": 4}, (3, 4)),
    ({"width": 16}, (12, 16)), ({"height": 3}, (3, 4)), ({"width": 5, "height": 9}, (9, 5)),
])  # fmt: skip
@pytest.mark.parametrize("method", ["bicubic", "nearest"])
def test_sizes_are_those_that_were_asked_for(params: dict[str, Any], size: tuple[int, int], method: str) -> None:
    assert made(RESIZE, SMALL, method=method, **params).shape[-2:] == size


def test_a_size_is_said_once() -> None:
    with pytest.raises(ParameterError, match="leave one out"):
        made(RESIZE, SMALL, long_side=5, width=4)


def test_resizing_keeps_the_middle_and_the_range() -> None:
    edge = torch.zeros(1, 1, 20, 20)
    edge[..., 10:] = 1.0
    for percent in (35.0, 250.0):
        resized = made(RESIZE, edge, percent=percent)
        assert 0.0 <= float(resized.min()) <= float(resized.max()) <= 1.0
        assert float(resized.mean()) == pytest.approx(0.5, abs=0.02)
    copies = made(RESIZE, SMALL, percent=300, method="nearest")
    assert copies.equal(SMALL.repeat_interleave(3, -2).repeat_interleave(3, -1))


@pytest.fixture
def application(tmp_path: Path) -> Any:
    application = Application(tmp_path / "home")
    yield application
    application.close()


def of(application: Application, tool: str, raster: Raster, **params: Any) -> Outcome:
    return application.engine.run(ToolRequest(tool, params), raster)


def test_transparency_goes_with_the_pixels(application: Application) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    raster = Raster(pixels, np.ascontiguousarray(pixels[..., 1]))
    for tool, params in (
        ("enhance.crop", {"left": 3, "top": 5, "width": 11, "height": 9}), ("enhance.rotate", {"turn": "right"}),
        ("enhance.rotate", {"flip": "top-bottom"}), ("enhance.rotate", {"angle": 12.0}),
        ("enhance.resize", {"percent": 60.0}),
    ):
        made = of(application, tool, raster, **params).raster
        assert made is not None
        assert made.alpha is not None
        green = made.pixels[..., 1].astype(int)
        assert int(abs(made.alpha.astype(int) - green).max()) <= 1, tool  # of 65535: it went where its colour went
    opaque = Raster(pixels, np.full((20, 30), 255, np.uint8))
    black = of(application, "enhance.rotate", opaque, angle=20, corners="black")
    assert black.raster is not None
    assert black.raster.alpha is not None
    assert (black.raster.alpha[0, 0], black.raster.alpha[20, 15]) == (0, 65535)


def test_a_photo_that_the_parameters_do_not_fit_stops_no_other(application: Application) -> None:
    large, small = (Raster(np.zeros((size, size, 3), np.uint8)) for size in (40, 10))
    request = ToolRequest("enhance.crop", {"left": 20})
    got = list(application.engine.run_all(request, [Sample(one) for one in (large, small, small, large)]))
    assert [isinstance(one, VerilensError) for one in got] == [False, True, True, False]


def test_a_mask_is_refused_where_pixels_move(application: Application) -> None:
    mask = np.ones((10, 10), np.float32)
    with pytest.raises(ParameterError, match="leave the mask out"):
        application.engine.run(
            ToolRequest("enhance.rotate", {"turn": "half"}), Raster(np.zeros((10, 10, 1), np.uint8)), mask=mask)


def test_moved_pixels_are_not_mixed_nor_questioned(application: Application) -> None:
    raster = Raster(np.random.default_rng(0).integers(0, 256, (10, 10, 1), dtype=np.uint8))
    with pytest.raises(ParameterError, match="leave its strength at 1"):
        run_step(application, Step(ToolRequest("enhance.rotate", {"turn": "half"}), strength=0.5), raster)
    snapshot = application.host.snapshot()
    known = {tool.id for tool in targets(snapshot, snapshot.tools_by_id["uncertainty.tta"])}
    assert "denoise.tv" in known
    assert not known & {CROP.id, ROTATE.id, RESIZE.id}

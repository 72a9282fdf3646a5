"""A crop that is drawn on the photo says the same as the form's numbers, and keeps its shape and to the photo."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop_app.api import ParameterError
from desktop_app.core.jobs.request import StepRecord
from desktop_app.gui.viewmodel.crop import (
    INSIDE,
    CropBox,
    box_of,
    dragged,
    handle_at,
    level_angle,
    params_of,
    rounded,
)
from desktop_app.gui.viewmodel.frames import frame_of, framing_title, place_before, point_before
from desktop_app.testing import call_tool
from plugins.restoration.crop.descriptor import CropParams, rectangle
from plugins.restoration.rotate import descriptor as rotate_descriptor
from plugins.restoration.rotate.descriptor import RotateParams, frame

SIZE = 300, 200
RATIOS = ["free", "1:1", "3:2", "9:16", "2:1"]
HANDLES = ["", INSIDE, "left", "right", "top", "bottom", "top left", "top right", "bottom left", "bottom right"]
points = st.tuples(st.floats(-50, 350), st.floats(-50, 250))


@given(
    left=st.integers(0, 299), top=st.integers(0, 199), width=st.one_of(st.none(), st.integers(1, 300)),
    height=st.one_of(st.none(), st.integers(1, 200)), ratio=st.sampled_from(RATIOS), unit=st.sampled_from(["px", "%"]),
)  # fmt: skip
def test_the_box_is_what_the_tool_keeps(
    left: int, top: int, width: int | None, height: int | None, ratio: Any, unit: Any
) -> None:
    given_values = {"left": left, "top": top, "width": width, "height": height, "ratio": ratio, "unit": unit}
    box = box_of(given_values, SIZE)
    try:
        kept = rectangle(CropParams(**given_values), SIZE[::-1])
    except ParameterError:
        assert box is None
        return
    assert box is not None
    assert (box.top, box.left, box.height, box.width) == kept


@settings(max_examples=150)
@given(handle=st.sampled_from(HANDLES), ratio=st.sampled_from(RATIOS), start=points, now=points)
def test_a_drag_keeps_to_the_photo_and_to_the_ratio(
    handle: str, ratio: str, start: tuple[float, float], now: tuple[float, float]
) -> None:
    start = min(max(start[0], 0), 300), min(max(start[1], 0), 200)
    box = dragged(CropBox(60, 40, 180, 120), handle, start, now, SIZE, ratio)
    assert -1e-6 <= box.left < box.right <= 300 + 1e-6
    assert -1e-6 <= box.top < box.bottom <= 200 + 1e-6
    if ratio != "free" and handle != INSIDE:
        across, down = map(int, ratio.split(":"))
        assert box.width / box.height == pytest.approx(across / down)
    if handle == INSIDE:
        assert (box.width, box.height) == pytest.approx((120, 80))
    whole = rounded(box, SIZE, ratio)
    for unit in ("px", "%"):
        again = box_of({**params_of(whole, SIZE, unit), "unit": unit, "ratio": ratio}, SIZE)
        assert again == whole  # the form means what was drawn


@pytest.mark.parametrize("handle", [handle for handle in HANDLES if handle not in ("", INSIDE)])
def test_what_is_not_held_stays(handle: str) -> None:
    box = CropBox(60, 40, 180, 120)
    moved = dragged(box, handle, (0, 0), (13, 7), SIZE, "free")
    expected = {side: getattr(box, side) + (13 if side in ("left", "right") else 7) * (side in handle)
                for side in ("left", "top", "right", "bottom")}
    assert moved == CropBox(**expected)


@pytest.mark.parametrize(("spot", "handle"), [
    ((60, 40), "top left"), ((180, 41), "top right"), ((120, 119), "bottom"), ((62, 80), "left"), ((120, 80), INSIDE),
    ((10, 10), ""), ((190, 130), ""),
])  # fmt: skip
def test_a_press_takes_what_is_near(spot: tuple[float, float], handle: str) -> None:
    assert handle_at(CropBox(60, 40, 180, 120), spot, 5.0) == handle


@pytest.mark.parametrize(("degrees", "expected"), [(0, 0), (7, -7), (-7, 7), (83, 7), (97, -7), (173, 7), (-90, 0)])
def test_a_line_becomes_level_or_upright(degrees: float, expected: float) -> None:
    end = 100 * math.cos(math.radians(degrees)), 100 * math.sin(math.radians(degrees))
    for ends in (((0, 0), end), (end, (0, 0))):
        assert level_angle(*ends) == pytest.approx(expected, abs=0.01)
    assert level_angle((3, 3), (3, 3)) == 0


@dataclass(frozen=True)
class Seen:
    """A state as the view model knows it."""

    parent: str | None
    width: int
    height: int
    record: StepRecord | None = None
    report: dict[str, Any] = field(default_factory=dict)


def record(params: dict[str, Any] | None = None, *, reframes: bool = True) -> StepRecord:
    return StepRecord("t", "restoration", "T", "p", "1", params or {}, 0, reframes=reframes)


def kept(left: int, top: int, width: int, height: int) -> dict[str, Any]:
    return {"kept": {"left": left, "top": top, "width": width, "height": height}}


HISTORY = {
    "open": Seen(None, 300, 200),
    "crop": Seen("open", 100, 80, record(), kept(50, 20, 100, 80)),
    "double": Seen("crop", 200, 160, record(reframes=False)),
    "crop2": Seen("double", 60, 60, record(), kept(40, 10, 60, 60)),
    "tilt": Seen("open", 280, 190, record({"turn": "none", "flip": "none", "angle": 3.0})),
    "turned": Seen("crop", 80, 100, record({"turn": "left", "flip": "none", "angle": 0.0})),
    "small": Seen("crop", 50, 40, record({"percent": 50.0})),
    "noise": Seen("open", 300, 200, record(reframes=False)),
    "blend": Seen("crop", 100, 80, record(reframes=False), {"kept": 0.5}),
}


def test_a_cropped_photo_lies_on_the_one_before_it() -> None:
    assert place_before(HISTORY, "open", "crop") == (-50, -20, 300, 200)
    assert place_before(HISTORY, "open", "double") == (-100, -40, 600, 400)
    assert place_before(HISTORY, "open", "crop2") == (-140, -50, 600, 400)
    assert place_before(HISTORY, "open", "small") == (-25, -10, 150, 100)
    assert place_before(HISTORY, "open", "blend") == (-50, -20, 300, 200), "what it kept is no part of the photo"
    assert framing_title({}, {"kept": 0.5}) == ""
    assert place_before(HISTORY, "crop", "double") is None  # nothing was cropped in between
    assert place_before(HISTORY, "open", "tilt") is None
    assert place_before(HISTORY, "open", "turned") is None
    assert place_before(HISTORY, "crop", "open") is None


TURNS = [
    {"turn": turn, "flip": flip, "angle": angle, "corners": corners}
    for turn in ("none", "left", "right", "half") for flip in ("none", "left-right", "top-bottom")
    for angle, corners in ((0.0, "crop"), (7.0, "crop"), (-20.0, "black"))
]  # fmt: skip


@pytest.mark.parametrize("params", TURNS, ids=lambda params: "-".join(map(str, params.values())))
def test_a_pixel_of_a_turned_photo_is_found_in_the_one_before(params: dict[str, Any]) -> None:
    height, width = 40, 60
    ramps = torch.stack(torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")).float() + 0.5
    place = torch.stack([ramps[1] / width, ramps[0] / height, torch.zeros_like(ramps[0])])[None]
    turned = call_tool(rotate_descriptor.verilens_tools()[0], place, params).image
    assert turned is not None
    states = {
        "open": Seen(None, width, height),
        "turned": Seen("open", turned.shape[3], turned.shape[2], record(params)),
    }
    x, y = turned.shape[3] // 2 + 5, turned.shape[2] // 2 - 7
    point = point_before(states, "open", "turned", (x + 0.5, y + 0.5))
    expected = float(turned[0, 0, y, x]) * width, float(turned[0, 1, y, x]) * height
    assert point == pytest.approx(expected, abs=0.1)  # between pixels a ramp is read by a cubic


def test_a_pixel_is_followed_through_crops_and_sizes_and_no_further_than_can_be_told() -> None:
    assert point_before(HISTORY, "open", "crop2", (10.0, 10.0)) == (75.0, 30.0)
    assert point_before(HISTORY, "crop", "double", (10.0, 10.0)) == (5.0, 5.0)
    assert point_before(HISTORY, "open", "small", (25.0, 20.0)) == (100.0, 60.0)
    assert point_before(HISTORY, "open", "noise", (7.5, 3.5)) == (7.5, 3.5)
    assert point_before(HISTORY, "crop", "open", (7.5, 3.5)) is None  # not an earlier state
    assert point_before(HISTORY, "noise", "crop", (7.5, 3.5)) is None
    strange = HISTORY | {"warped": Seen("open", 300, 200, record())}
    assert point_before(strange, "open", "warped", (7.5, 3.5)) is None
    wide = HISTORY | {"wide": Seen("open", 340, 320, record({"angle": 30.0}))}
    assert point_before(wide, "open", "wide", (0.5, 0.5)) is None  # a corner beyond the photo


def test_a_mask_goes_as_far_as_no_pixel_has_moved() -> None:
    assert {name: frame_of(HISTORY, name) for name in ("open", "noise", "crop", "double", "tilt")} == {
        "open": "open", "noise": "open", "crop": "crop", "double": "crop", "tilt": "tilt",
    }


@pytest.mark.parametrize(("changes", "title"), [
    ({"turn": "left"}, "Turn left"), ({"flip": "top-bottom", "turn": "half"}, "Turn half around, flip top and bottom"),
    ({"angle": -1.25}, "Straighten -1.25°"), ({}, ""),
])  # fmt: skip
def test_the_history_says_what_was_turned(changes: dict[str, Any], title: str) -> None:
    params = RotateParams(**changes)
    assert framing_title(params.model_dump(), {}) == title
    assert frame(RotateParams(), (3, 4)) == (3, 4)

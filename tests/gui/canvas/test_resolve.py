"""What is drawn from which level, and where."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.gui.canvas import CanvasScene, OverlayImage, PreviewPatch, PyramidImage, Rect, ViewState
from desktop_app.gui.canvas.geometry import fit, settle
from desktop_app.gui.canvas.resolve import choose_level, pane_at, pane_size, resolve, split_at, split_x


def blank(width: int, height: int) -> PyramidImage:
    """A pyramid without memory behind it."""
    sizes = [(height, width)]
    while max(sizes[-1]) > 256:
        sizes.append(((sizes[-1][0] + 1) // 2, (sizes[-1][1] + 1) // 2))
    dot = np.zeros((1, 1, 3), np.uint8)
    return PyramidImage(tuple(np.broadcast_to(dot, (*size, 3)) for size in sizes))


@given(st.floats(0.25, 1), st.floats(0.001, 64))
def test_the_level_is_fine_enough_and_not_twice_too_fine(density, zoom) -> None:
    level = choose_level(9, density, zoom)
    assert level == 0 or density / 2**level >= 0.95 * zoom
    assert level == 8 or density / 2 ** (level + 1) < 0.95 * zoom


@given(st.integers(600, 40000), st.floats(0.005, 0.9))
def test_no_level_is_stretched_where_sizes_are_odd(width, zoom) -> None:
    view = settle(ViewState(zoom, width, 500), (width, 1000), (400, 300))
    (draw,) = resolve(CanvasScene(after=blank(width, 1000)), view, (400, 300)).draws
    assert draw.target.width / draw.region.width == pytest.approx(view.zoom * 2**draw.level)


@given(st.tuples(st.integers(300, 30000), st.integers(300, 30000)),
       st.tuples(st.integers(50, 3000), st.integers(50, 3000)), st.floats(0.005, 64), st.floats(0, 1), st.floats(0, 1))
def test_every_device_pixel_is_drawn_once_by_photo_or_margin(image, size, zoom, cx, cy) -> None:
    scene = CanvasScene(after=blank(*image))
    view = settle(ViewState(zoom, cx * image[0], cy * image[1]), image, size)
    frame = resolve(scene, view, size)
    (draw,) = frame.draws
    left_over = sum(margin.width * margin.height for margin in frame.margins)
    assert draw.clip.width * draw.clip.height + left_over == size[0] * size[1]
    assert draw.target.left <= draw.clip.left
    assert draw.target.top <= draw.clip.top
    assert draw.target.right >= draw.clip.right - 1e-6
    assert draw.target.bottom >= draw.clip.bottom - 1e-6


@given(st.tuples(st.integers(300, 30000), st.integers(300, 30000)), st.floats(0.005, 64))
def test_no_more_is_read_than_is_seen(image, zoom) -> None:
    size = (800, 600)
    view = settle(ViewState(zoom, image[0] / 2, image[1] / 2), image, size)
    (draw,) = resolve(CanvasScene(after=blank(*image)), view, size).draws
    per_device = draw.region.width / draw.target.width
    assert draw.region.width <= size[0] * per_device + 4
    assert draw.level in (0, len(draw.layer.levels) - 1) or per_device <= 2 / 0.95 + 0.1


def test_at_100_percent_nothing_is_scaled_and_pixels_lie_on_pixels() -> None:
    frame = resolve(CanvasScene(after=blank(999, 777)), ViewState(1.0, 333.3, 222.2), (400, 301))
    (draw,) = frame.draws
    assert not draw.is_scaled
    assert draw.level == 0
    assert draw.target.left == math.floor(draw.target.left)


@given(st.floats(0, 1), st.floats(0.3, 8))
def test_split_column_and_position_are_inverse(split, zoom) -> None:
    scene = CanvasScene(after=blank(640, 480), before=blank(640, 480), compare="split", split=split)
    view = settle(ViewState(zoom, 320, 240), (640, 480), (800, 600))
    assert split_at(scene, view, (800, 600), split_x(scene, view, (800, 600))) == pytest.approx(split, abs=1 / 150)


def test_split_shows_each_side_once_and_the_map_only_over_after() -> None:
    overlay = OverlayImage((np.zeros((48, 64), np.uint8),), (0,) * 256)
    scene = CanvasScene(blank(640, 480), blank(640, 480), compare="split", split=0.25, overlay=overlay)
    frame = resolve(scene, fit((640, 480), (640, 480)), (640, 480))
    assert [draw.layer for draw in frame.draws] == [scene.before, scene.after, overlay]
    assert [draw.clip for draw in frame.draws] == [Rect(0, 0, 160, 480)] + [Rect(160, 0, 480, 480)] * 2
    assert frame.divider == 160
    assert [label.text for label in frame.labels] == ["before", "after"]


def test_side_by_side_shows_the_same_part_twice() -> None:
    scene = CanvasScene(blank(640, 480), blank(320, 240), compare="side by side")
    frame = resolve(scene, ViewState(2.0, 100, 100), (640, 480))
    before, after = frame.draws
    assert after.target.left - 320 == pytest.approx(before.target.left, abs=4)
    assert before.region.width == pytest.approx(after.region.width / 2, abs=3)


def test_compare_needs_something_to_compare_with() -> None:
    assert CanvasScene(after=blank(8, 8), compare="split").mode == "off"


def test_before_hides_map_and_preview() -> None:
    patch = PreviewPatch(np.zeros((4, 4, 3), np.uint8), Rect(0, 0, 8, 8), is_reduced=True)
    scene = CanvasScene(blank(64, 48), blank(64, 48), compare="before", preview=patch)
    frame = resolve(scene, fit((64, 48), (64, 48)), (64, 48))
    assert [draw.layer for draw in frame.draws] == [scene.before]
    assert [label.text for label in frame.labels] == ["before"]


def test_a_preview_out_of_sight_is_not_drawn() -> None:
    patch = PreviewPatch(np.zeros((4, 4, 3), np.uint8), Rect(600, 440, 8, 8))
    scene = CanvasScene(blank(640, 480), preview=patch)
    assert len(resolve(scene, ViewState(4.0, 100, 100), (64, 48)).draws) == 1
    assert len(resolve(scene, ViewState(4.0, 604, 444), (64, 48)).draws) == 2


def test_equal_scenes_resolve_to_equal_frames_and_another_opacity_does_not() -> None:
    photo, overlay = blank(64, 48), OverlayImage((np.zeros((48, 64), np.uint8),), (0,) * 256)
    view = fit((64, 48), (64, 48))
    one = resolve(CanvasScene(photo, overlay=overlay), view, (64, 48))
    assert one == resolve(CanvasScene(photo, overlay=overlay), view, (64, 48))
    assert one != resolve(CanvasScene(photo, overlay=overlay, opacity=0.6), view, (64, 48))


def test_grid_lines_lie_between_pixels_from_1600_percent_on() -> None:
    scene = CanvasScene(after=blank(10, 8))
    frame = resolve(scene, ViewState(20.0, 5, 4), (200, 160))
    assert frame.grid_x == tuple(range(20, 200, 20))
    assert frame.grid_y == tuple(range(20, 160, 20))
    assert resolve(scene, ViewState(15.0, 5, 4), (200, 160)).grid_x == ()


def grid(count: int, shown: int = 0, **more) -> CanvasScene:
    pictures = [(f"picture {number}", blank(640, 480)) for number in range(count)]
    return CanvasScene(after=pictures[shown][1], compare="grid", grid=tuple(pictures), **more)


@pytest.mark.parametrize("count", [2, 3, 4])
@pytest.mark.parametrize("size", [(800, 600), (801, 601)])
def test_a_grid_shows_every_picture_at_the_same_place_and_leaves_no_pixel_out(count, size) -> None:
    scene = grid(count)
    room = pane_size(scene, size)
    view = settle(ViewState(2.0, 200, 150), (640, 480), room)
    frame = resolve(scene, view, size)
    assert [draw.layer for draw in frame.draws] == [image for _, image in scene.grid]
    assert len({(draw.region, draw.clip.width, draw.clip.height) for draw in frame.draws}) == 1
    seen = np.zeros((size[1], size[0]), np.uint8)
    for rect in (*(draw.clip for draw in frame.draws), *frame.margins):
        seen[int(rect.top) : int(rect.bottom), int(rect.left) : int(rect.right)] += 1
    seen[:, size[0] // 2] = 1  # where the line is drawn
    seen[frame.cross or 0] = 1
    assert (seen == 1).all()
    names = [f"picture {number}" for number in range(1, count)]
    assert [label.text for label in frame.labels] == ["● picture 0", *names]
    assert frame.divider == size[0] // 2
    assert (frame.cross is None) == (count == 2)


def test_the_map_and_the_preview_belong_to_the_shown_picture_of_a_grid() -> None:
    overlay = OverlayImage((np.zeros((480, 640), np.uint8),), (0,) * 256)
    scene = grid(4, shown=2, overlay=overlay)
    frame = resolve(scene, fit((640, 480), pane_size(scene, (800, 600))), (800, 600))
    (drawn,) = [draw for draw in frame.draws if draw.layer is overlay]
    under = next(draw for draw in frame.draws if draw.layer is scene.after)
    assert drawn.clip == under.clip
    assert (drawn.clip.left < 400, drawn.clip.top >= 300) == (True, True)


@pytest.mark.parametrize(("spot", "corner"), [((10, 10), (0, 0)), ((500, 10), (400, 0)), ((10, 400), (0, 300)),
                                              ((799, 599), (400, 300))])
def test_a_point_lies_in_the_picture_that_is_drawn_there(spot, corner) -> None:
    assert pane_at(grid(4), (800, 600), *spot)[:2] == corner
    assert pane_at(grid(2), (800, 600), *spot)[:2] == (corner[0], 0)


def test_one_picture_makes_no_grid() -> None:
    scene = grid(1)
    assert scene.mode == "off"
    assert len(resolve(scene, fit((640, 480), (800, 600)), (800, 600)).draws) == 1


def test_a_blink_shows_one_after_the_other_and_says_which() -> None:
    before, after = blank(640, 480), blank(640, 480)
    for is_flipped, image, name in ((False, after, "after"), (True, before, "before")):
        scene = CanvasScene(after, before, compare="blink", is_flipped=is_flipped)
        frame = resolve(scene, fit((640, 480), (800, 600)), (800, 600))
        assert [draw.layer for draw in frame.draws] == [image]
        assert [label.text for label in frame.labels] == [name]

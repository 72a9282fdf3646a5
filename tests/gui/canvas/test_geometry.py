"""View transforms as properties."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.gui.canvas import geometry
from desktop_app.gui.canvas.geometry import Rect, ViewState

sizes = st.tuples(st.integers(1, 40000), st.integers(1, 40000))
windows = st.tuples(st.integers(50, 4000), st.integers(50, 4000))
shares = st.floats(0, 1)
zooms = st.floats(0.01, 64)


def view_on(image: tuple[int, int], zoom: float, x: float, y: float) -> ViewState:
    return ViewState(zoom, x * image[0], y * image[1])


@given(sizes, windows, zooms, shares, shares, st.floats(-100, 5000), st.floats(-100, 5000))
def test_image_point_and_device_point_are_inverse(image, pane, zoom, cx, cy, x, y) -> None:
    view, rect = view_on(image, zoom, cx, cy), Rect(0, 0, *pane)
    point = geometry.image_point(view, rect, x, y)
    assert geometry.device_point(view, rect, *point) == pytest.approx((x, y), abs=1e-6)


@given(sizes, windows, zooms, shares, shares, shares, shares, st.floats(1.01, 8))
def test_zooming_in_keeps_the_point_under_the_pointer(image, pane, zoom, cx, cy, px, py, factor) -> None:
    view = geometry.settle(view_on(image, zoom, cx, cy), image, pane)
    rect = geometry.image_rect(view, Rect(0, 0, *pane), image).intersect(Rect(0, 0, *pane))
    at = rect.left + px * rect.width, rect.top + py * rect.height
    zoomed = geometry.zoom_at(view, view.zoom * factor, at, image, pane)
    if zoomed.zoom <= geometry.fit_zoom(image, pane):
        assert (zoomed.centre_x, zoomed.centre_y) == (image[0] / 2, image[1] / 2)
    else:
        slack = 2 / view.zoom  # the pointer may stand on the rounded edge, just beside the photo
        assert exact_point(zoomed, pane, at) == pytest.approx(exact_point(view, pane, at), abs=slack + 1e-6)


@given(windows, st.floats(1.01, 4), shares, shares)
def test_zooming_in_and_out_again_comes_back(pane, factor, px, py) -> None:
    image = (pane[0] * 3, pane[1] * 3)
    view, at = ViewState(1.0, image[0] / 2, image[1] / 2), (px * pane[0], py * pane[1])
    there = geometry.zoom_at(view, factor, at, image, pane)
    back = geometry.zoom_at(there, 1.0, at, image, pane)
    assert (back.zoom, back.centre_x, back.centre_y) == pytest.approx((1.0, view.centre_x, view.centre_y))


def exact_point(view: ViewState, pane: tuple[int, int], at: tuple[float, float]) -> tuple[float, float]:
    return (
        view.centre_x + (at[0] - pane[0] / 2) / view.zoom,
        view.centre_y + (at[1] - pane[1] / 2) / view.zoom,
    )


@given(sizes, windows)
def test_fit_shows_all_and_cannot_be_larger_in_whole_steps(image, pane) -> None:
    view = geometry.fit(image, pane)
    assert view.zoom * image[0] <= pane[0] + 1e-6
    assert view.zoom * image[1] <= pane[1] + 1e-6
    larger = view.zoom + 1 if view.zoom >= 1 else view.zoom * 1.001
    assert larger * image[0] > pane[0] or larger * image[1] > pane[1]
    assert geometry.settle(view, image, pane) == view


@given(sizes, windows, zooms, st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_the_photo_cannot_be_lost(image, pane, zoom, dx, dy) -> None:
    view = geometry.pan(ViewState(zoom, 0, 0), dx, dy, image, pane)
    seen = geometry.visible_region(view, Rect(0, 0, *pane), image)
    assert not seen.is_empty
    assert geometry.settle(view, image, pane) == view


@given(st.integers(2000, 9000), st.integers(2000, 9000), st.integers(2, 4), st.floats(1, 8))
def test_a_photo_of_twice_the_size_keeps_its_framing(width, height, scale, zoom) -> None:
    pane, view = (400, 300), ViewState(zoom, width / 3, height / 3)
    carried = geometry.carry_over(view, (width, height), (width * scale, height * scale), pane)
    assert carried.zoom * scale == pytest.approx(zoom)
    assert (carried.centre_x / scale, carried.centre_y / scale) == pytest.approx((view.centre_x, view.centre_y))


def test_another_shape_is_fitted() -> None:
    view = ViewState(2.0, 10, 10)
    assert geometry.carry_over(view, (400, 300), (300, 400), (200, 200)) == geometry.fit((300, 400), (200, 200))


@given(st.tuples(*[st.integers(-50, 50)] * 2), st.tuples(*[st.integers(0, 60)] * 2),
       st.tuples(*[st.integers(-50, 50)] * 2), st.tuples(*[st.integers(0, 60)] * 2))
def test_subtract_and_intersect_share_the_area(corner, size, other_corner, other_size) -> None:
    a, b = Rect(*corner, *size), Rect(*other_corner, *other_size)
    common = a.intersect(b)
    rest = a.subtract(b)
    assert sum(r.width * r.height for r in rest) + common.width * common.height == a.width * a.height
    assert all(strip.intersect(b).is_empty for strip in rest if not common.is_empty)


def test_visible_region_at_the_corner() -> None:
    view = ViewState(2.0, 0.0, 0.0)
    assert geometry.visible_region(view, Rect(0, 0, 100, 60), (500, 500)) == Rect(0, 0, 25, 15)

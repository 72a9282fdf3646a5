"""How steep edges are tells photos that are shaken or out of focus from sharp ones."""

from __future__ import annotations

import torch

from desktop_app.numerics.blind import busiest_window
from desktop_app.numerics.blurring import blurred
from desktop_app.numerics.edge_steepness import edge_steepness
from plugins.restoration.common.kernel_search import LEAST_STEEPNESS
from tests.support.photos import SharedPhotos, colour_photo


def steepness(photos: SharedPhotos, name: str) -> float:
    plane = colour_photo(photos(f"val/{name}"))[0].mean(0)
    return edge_steepness(plane[busiest_window(plane, 512)])


def test_shaken_photos_have_soft_edges_in_some_direction(photos: SharedPhotos) -> None:
    for name in ("0015_blur65", "8_patch_use", "IMG_4355_small", "las_vegas_saturated", "postcard", "wall"):
        assert steepness(photos, f"real_blur/{name}.png") < LEAST_STEEPNESS, name


def test_sharp_photos_have_steep_edges_in_every_direction(photos: SharedPhotos) -> None:
    values = [steepness(photos, f"bsd68_odd/test{number:03d}.png") for number in range(1, 40, 4)]
    assert min(values) > LEAST_STEEPNESS
    assert sorted(values)[len(values) // 2] > 0.4


def test_a_shake_in_one_direction_is_enough_and_light_does_not_matter(photos: SharedPhotos) -> None:
    plane = colour_photo(photos("val/bsd68_odd/test003.png"))[0].mean(0)
    shaken = blurred(plane[None, None], torch.full((1, 9), 1.0 / 9.0), lambda: None)[0, 0]
    assert edge_steepness(shaken) < LEAST_STEEPNESS < edge_steepness(plane)
    assert abs(edge_steepness(0.5 * plane + 0.2) - edge_steepness(plane)) < 0.05


def test_where_no_edges_are_nothing_is_called_soft() -> None:
    for plane in (torch.full((64, 64), 0.4), torch.zeros(5, 5), torch.zeros(1, 200)):
        assert edge_steepness(plane) == 1.0

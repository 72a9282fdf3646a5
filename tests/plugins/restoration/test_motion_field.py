"""A motion for every pixel: found, shown, and taken away."""

from __future__ import annotations

from math import pi, radians

import pytest
import torch
from torch import Tensor

from desktop_app.numerics.blurring import blurred
from desktop_app.numerics.kernels import motion_kernel
from desktop_app.testing import Bench
from plugins.restoration.motion_field.dents import dents
from plugins.restoration.motion_field.descriptor import verilens_tools
from plugins.restoration.motion_field.movement import likeliest_movement
from plugins.restoration.motion_field.network import candidates
from plugins.restoration.motion_field.smoothing import smooth_field
from tests.support.networks import BUILT_IN_NETWORKS
from tests.support.photos import SharedPhotos, grey_photo
from tests.support.restoring import noisy, picture_of, psnr
from training.chance import drawn_by
from training.damages import Dice
from training.lessons.motion_field import moved

BENCH = Bench(verilens_tools()[0], networks=BUILT_IN_NETWORKS)
LINE = (13.0, 30.0)  # pixels, degrees


def go_on() -> None:
    """Never stop."""


def logits_of(field: Tensor, *, sure: float, least: float = -20.0) -> Tensor:
    """Return log-likelihoods ``(M, rows, columns)`` that are highest at motions ``(rows, columns, 2)``, with noise."""
    length, angle = candidates().unbind(1)
    turn = (angle[:, None, None] - field[..., 1] + pi / 2) % pi - pi / 2
    apart = (length[:, None, None] - field[..., 0]).square() + (field[..., 0] * turn).square()
    noise = torch.randn(apart.shape, generator=torch.Generator().manual_seed(3))
    return (-sure * apart).clamp_min(least) + 2.0 * noise


def rolled(rows: int, columns: int) -> Tensor:
    """Return the motions of a shift to the right and a roll about the middle."""
    down, across = torch.meshgrid(torch.linspace(-1, 1, rows), torch.linspace(-1, 1, columns), indexing="ij")
    right, below = 9.0 - 3.0 * down, 3.0 * across
    return torch.stack([torch.hypot(right, below), torch.atan2(-below, right)], dim=-1)


def apart(found: Tensor, true: Tensor) -> Tensor:
    """Return how far motions ``(…, 2)`` are off in pixels; a motion and its reverse are one."""
    first, second = (torch.polar(field[..., 0].contiguous(), field[..., 1].contiguous()) for field in (found, true))
    return torch.minimum((first - second).abs(), (first + second).abs())


def test_a_movement_is_found_that_no_cell_is_sure_of() -> None:
    true = rolled(14, 18)
    logits = logits_of(true, sure=0.2)
    alone = smooth_field(logits, 0.0)
    assert float(apart(alone, true).mean()) > 1.0
    assert float(apart(likeliest_movement(logits, go_on), true).mean()) < 0.5


def test_without_evidence_there_is_no_movement() -> None:
    noise = torch.randn(len(candidates()), 9, 9, generator=torch.Generator().manual_seed(1))
    assert not likeliest_movement(noise, go_on).any()


def test_an_object_that_is_sure_of_it_moves_alone() -> None:
    true = rolled(14, 18)
    true[4:9, 5:11] = torch.tensor([15.0, radians(90.0)])
    logits = logits_of(true, sure=2.0)
    field = smooth_field(logits, 0.03, likeliest_movement(logits, go_on))
    assert float(apart(field, true).mean()) < 1.0
    assert float(apart(field[5:8, 6:10], true[5:8, 6:10]).max()) < 3.0


def test_dents_tell_a_motion_without_learning(photos: SharedPhotos) -> None:
    sharp = grey_photo(photos("val/bsd68_odd/test001.png"))
    soft = noisy(blurred(sharp, motion_kernel(*LINE), lambda: None), 1.0)
    told = candidates()[int(dents(soft[0], 1.0, lambda: None).sum((1, 2)).argmax())]
    assert float(told[0]) == pytest.approx(LINE[0] - 1.0, abs=2.0)
    assert float(told[1]) == pytest.approx(radians(LINE[1]), abs=radians(10.0))


def test_the_motion_of_each_part_is_found_and_taken_away(photos: SharedPhotos) -> None:
    """Motions that differ over the photo, as no shift of a camera has them."""
    gains = []
    for seed, path in enumerate(photos.all("val/bsd68_odd/*")[5:9], 1):
        sharp = grey_photo(path)[..., :208, :256]
        soft = noisy(moved(sharp, Dice(drawn_by(77, seed)), 16.0)[0], 1.0)
        gains.append(psnr(picture_of(BENCH.call(soft)), sharp) - psnr(soft, sharp))
    assert sum(gains) / len(gains) > 1.0, gains


def test_of_a_photo_that_held_still_only_what_moved_moves() -> None:
    true = torch.zeros(14, 18, 2)
    true[4:10, 5:12] = torch.tensor([15.0, radians(90.0)])
    logits = logits_of(true, sure=2.0, least=-60.0)
    field = smooth_field(logits, 0.03, likeliest_movement(logits, go_on))
    assert float(apart(field[6:8, 7:10], true[6:8, 7:10]).max()) < 3.0
    assert float(field[:3, :, 0].max()) < 1.0


@pytest.mark.parametrize("name", ["test003", "test009", "test041"])
def test_sharp_photos_stay_as_they_are(photos: SharedPhotos, name: str) -> None:
    sharp = grey_photo(photos(f"val/bsd68_odd/{name}.png"))[..., :208, :256]
    assert psnr(picture_of(BENCH.call(sharp)), sharp) > 40.0


def test_a_straight_motion_shows_in_the_maps(photos: SharedPhotos) -> None:
    sharp = grey_photo(photos("val/bsd68_odd/test001.png"))
    soft = noisy(blurred(sharp, motion_kernel(*LINE), lambda: None), 1.0)
    result = BENCH.call(soft)
    length, direction = (layer.values[0] for layer in result.maps)
    assert length.shape == soft.shape[-2:]
    assert 11.0 < float(length.median()) < 14.0
    assert 20.0 < float(direction.median()) < 40.0


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (7, 5)])
def test_no_motion_is_told_where_there_is_no_room_for_one(size: tuple[int, int]) -> None:
    image = torch.rand((1, 3, *size), generator=torch.Generator().manual_seed(0))
    result = BENCH.call(image)
    assert result.image.equal(image)
    assert not result.maps[0].values.any()
    assert result.reports[0]["longest_motion"] == 0.0
    assert result.reports[0]["headline"].startswith("Nothing to do: no motion can be told")


def test_a_photo_in_which_nothing_moved_is_said_to_need_nothing() -> None:
    image = torch.full((1, 1, 64, 64), 0.5)
    report = BENCH.call(image).reports[0]
    assert report["longest_motion"] <= 3.0
    assert report["headline"] == "Nothing to do: no motion of more than 3 pixels was found."

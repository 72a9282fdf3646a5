"""What a mask takes in at once, against what is known of the picture."""

from __future__ import annotations

import numpy as np
import pytest

from desktop_app.gui.viewmodel.regions import ColourRange, ellipse, feathered, joined, of_colour, of_map


def test_an_ellipse_fills_its_rectangle_and_fades_from_the_middle() -> None:
    hard = ellipse((200, 100), (20, 10), (180, 90), 1.0)
    assert hard.shape == (100, 200)
    assert hard.sum() / 255 == pytest.approx(np.pi * 80 * 40, rel=0.01)
    assert np.array_equal(hard, ellipse((200, 100), (180, 90), (20, 10), 1.0))
    soft = ellipse((200, 100), (20, 10), (180, 90), 0.0)[50, 100:180].astype(int)
    assert soft[0] > 245
    assert soft[-1] < 10
    assert (np.diff(soft) <= 0).all()


def test_a_click_without_a_drag_is_an_ellipse_of_about_a_pixel() -> None:
    assert ellipse((20, 20), (5.5, 5.5), (5.5, 5.5), 1.0).sum() <= 2 * 255


def test_a_colour_is_taken_in_light_and_in_shade_and_no_other_is() -> None:
    picture = np.zeros((60, 90, 3), np.uint8)
    picture[:, :30] = (200, 60, 60)
    picture[30:, :30] = (150, 30, 30)  # the same red in the shade
    picture[:, 30:60] = (60, 60, 200)
    picture[:, 60:] = 128
    found = of_colour(picture, 10, 10, ColourRange(tolerance=24, softness=0))
    assert (found[:, :30] == 255).all()
    assert (found[:, 30:] == 0).all()


def test_of_a_grey_picture_tones_are_compared() -> None:
    picture = np.tile(np.arange(0, 250, 10, dtype=np.uint8), (9, 1))[..., None]
    found = of_colour(picture, 10, 4, ColourRange(tolerance=15, softness=0))
    assert (np.flatnonzero(found[4]) == [9, 10, 11]).all()


def test_the_share_where_a_map_is_highest_is_taken_in() -> None:
    values = np.random.default_rng(0).random((80, 100)).astype(np.float32)
    values[0, 0] = np.nan
    found = of_map(values, 20.0, softness=0.0)
    assert (found == 255).mean() == pytest.approx(0.2, abs=0.005)
    assert found[0, 0] == 0
    assert values[found == 255].min() >= np.nanmax(values[found < 255])
    assert not of_map(np.full((4, 4), 2.0, np.float32), 20.0).any()
    assert not of_map(np.full((4, 4), np.nan, np.float32), 20.0).any()


def test_masks_are_added_taken_out_and_cut() -> None:
    base, other = np.array([[255, 255, 0, 100]], np.uint8), np.array([[0, 255, 255, 200]], np.uint8)
    assert joined(base, other, "add").tolist() == [[255, 255, 255, 200]]
    assert joined(base, other, "subtract").tolist() == [[255, 0, 0, 55]]
    assert joined(base, other, "intersect").tolist() == [[0, 255, 0, 100]]


@pytest.mark.parametrize("radius", [3, 12])
def test_a_feathered_rim_is_soft_keeps_its_place_and_its_amount(radius: int) -> None:
    mask = np.zeros((100, 140), np.uint8)
    mask[:, 70:] = 255
    soft = feathered(mask, radius)
    row = soft[50].astype(int)
    assert (np.diff(row) >= 0).all()
    assert row[69] < 128 <= row[70]
    assert row[70 - radius // 2] > 0
    assert row[70 + radius // 2] < 255
    assert row[67 - 2 * radius] == 0
    assert row[73 + 2 * radius] == 255
    assert soft.mean() == pytest.approx(mask.mean(), abs=0.5)

"""Strokes, their smaller copies, and what the whole mask can be told to do."""

from __future__ import annotations

import numpy as np
import pytest

from desktop_app.gui.viewmodel.painting import Brush, PaintedMask, as_mask, tints


def test_a_stroke_is_a_round_ended_line() -> None:
    mask = PaintedMask(60, 40)
    mask.stroke((10, 20), (50, 20), Brush(size=10, hardness=1.0))
    values = mask.values()
    assert values[20, 10:50].min() == 255
    assert values[16, 30] == 255
    assert values[13, 30] == 0
    assert values[20, 3] == 0
    assert values.sum() / 255 == pytest.approx(40 * 10 + np.pi * 25, rel=0.03)


def test_a_soft_brush_fades_and_an_eraser_takes_away() -> None:
    mask = PaintedMask(50, 50)
    mask.stroke((25, 25), (25, 25), Brush(size=40, hardness=0.0))
    row = mask.values()[25, 25:45].astype(int)
    assert row[0] > 240
    assert (np.diff(row) <= 0).all()
    mask.stroke((25, 25), (25, 25), Brush(size=60, hardness=1.0, erases=True))
    assert mask.is_empty


def test_smaller_copies_follow_every_stroke() -> None:
    mask = PaintedMask(1501, 1033)
    for start, end in (((3, 3), (700, 500)), ((1499, 1030), (1400, 900))):
        mask.stroke(start, end, Brush(size=31, hardness=0.5))
    levels = mask.levels()
    assert len(levels) == 3
    whole = PaintedMask(1501, 1033)
    whole.replace(mask.values())
    for level, anew in zip(levels, whole.levels(), strict=True):
        assert np.array_equal(level, anew)


def test_beside_the_photo_nothing_happens() -> None:
    mask = PaintedMask(20, 20)
    mask.stroke((-50, 5), (-40, 5), Brush(size=10))
    mask.stroke((10, 90), (10, 60), Brush(size=10))
    assert mask.is_empty


def test_fill_invert_clear_and_colours() -> None:
    mask = PaintedMask(600, 8)
    mask.fill()
    assert (mask.values() == 255).all()
    mask.invert()
    assert mask.is_empty
    mask.invert()
    mask.clear()
    assert mask.is_empty
    table = tints(0x62A8EC)
    assert table[0] >> 24 == 0
    assert table[255] & 0xFFFFFF == 0x62A8EC
    assert 100 < table[255] >> 24 < 200


def test_a_picture_as_a_mask() -> None:
    planes = np.zeros((3, 2, 2), np.float32)
    planes[:, 0, 0] = 1
    planes[0, 1, 1] = 9.0
    assert as_mask(planes).tolist() == [[255, 0], [0, 255]]

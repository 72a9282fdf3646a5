"""What was measured lately is answered again: of the same pixels only, and of no more photos than are kept."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from desktop_app.numerics import remembered as module
from desktop_app.numerics.noise import estimate_noise, noise_levels
from desktop_app.numerics.remembered import remembered


def ignore() -> None:
    """Check nothing."""


class Counting:
    """A measure that counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, image: Tensor, check: Callable[[], None]) -> float:
        check()
        self.asked += 1
        return float(image.sum())


def test_the_same_pixels_are_measured_once() -> None:
    counting, photo = Counting(), torch.rand(3, 8, 6)
    measure = remembered(counting)
    assert measure(photo, ignore) == measure(photo.clone(), ignore) == float(photo.sum())
    assert measure(photo.transpose(1, 2).contiguous().transpose(1, 2), ignore) == float(photo.sum())
    assert counting.asked == 1


def test_other_values_and_other_sizes_are_measured_anew() -> None:
    counting, photo = Counting(), torch.zeros(1, 8, 6)
    measure = remembered(counting)
    other = photo.clone()
    other[0, 7, 5] = 1e-7
    assert [measure(each, ignore) for each in (photo, other, photo.reshape(1, 6, 8))] == [0.0, pytest.approx(1e-7), 0.0]
    assert counting.asked == 3


def test_the_oldest_is_forgotten_and_a_large_photo_never_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_PHOTOS", 2)
    monkeypatch.setattr(module, "_MOST_VALUES", 4)
    counting = Counting()
    measure = remembered(counting)
    for value in (1.0, 2.0, 1.0, 3.0, 1.0, 2.0):
        measure(torch.full((1, 2, 2), value), ignore)
    assert counting.asked == 4  # 1, 2, 3, and 2 again
    for _ in range(2):
        measure(torch.zeros(1, 3, 2), ignore)
    assert counting.asked == 6


def test_a_measure_that_is_stopped_leaves_nothing() -> None:
    counting, photo = Counting(), torch.rand(1, 4, 4)
    measure = remembered(counting)

    def stop() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        measure(photo, stop)
    assert measure(photo, ignore) == float(photo.sum())
    assert counting.asked == 1


def test_noise_is_that_of_each_photo() -> None:
    drawn = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    photos = 0.5 + drawn * torch.tensor([0.02, 0.1]).view(2, 1, 1, 1)
    for _ in range(2):
        assert noise_levels(photos, None, ignore) == [estimate_noise(photo) for photo in photos]

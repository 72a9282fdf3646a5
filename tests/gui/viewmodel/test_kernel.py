"""Kernels that are drawn, made, framed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from desktop_app.api.errors import InputError
from desktop_app.core.steps.kept import keep_kernel, kept_kernels
from desktop_app.gui.viewmodel.kernel import dabbed, drawable, empty_kernel, framed, made, problem, read_kernel


def test_drawing_and_erasing() -> None:
    kernel = dabbed(empty_kernel(8), 0, 4)
    assert kernel.shape == (9, 9)
    assert (kernel[0, 4], kernel[1, 4], kernel[0, 3], kernel.sum()) == (1.0, 0.5, 0.5, 2.5)
    assert dabbed(kernel, 0, 4, erases=True)[0, 4] == 0.0
    assert problem(kernel) == ""
    assert "no weight" in problem(empty_kernel(9))


def test_the_middle_stays_in_the_middle() -> None:
    kernel = empty_kernel(9)
    kernel[4, 4] = 1.0
    for side in (5, 9, 21):
        assert framed(kernel, side)[side // 2, side // 2] == 1.0
    assert framed(framed(kernel, 21), 9).tolist() == kernel.tolist()


@pytest.mark.parametrize(("shape", "size"), [("motion", 11.0), ("defocus", 4.0), ("gaussian", 2.0)])
def test_made_kernels_can_be_drawn(shape, size) -> None:
    kernel = made(shape, size, 30.0)
    assert kernel.shape[0] == kernel.shape[1]
    assert kernel.shape[0] % 2 == 1
    assert kernel.max() == 1.0
    centre = np.array([(kernel * axis).sum() / kernel.sum() for axis in np.indices(kernel.shape)])
    assert centre == pytest.approx([kernel.shape[0] // 2] * 2, abs=1e-3)


def test_kept_and_read_again(tmp_path: Path) -> None:
    kernel = made("defocus", 3.0, 0.0)
    path = keep_kernel(kernel, tmp_path)
    assert keep_kernel(kernel, tmp_path) == path
    assert kept_kernels(tmp_path) == [path]
    assert np.array_equal(read_kernel(path), kernel)


def test_artifacts_of_any_leading_shape() -> None:
    assert drawable(np.ones((2, 1, 3, 5))).shape == (5, 5)


def test_a_photo_is_no_kernel(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((200, 100), np.uint8)).save(tmp_path / "photo.png")
    with pytest.raises(InputError, match="100×200"):
        read_kernel(tmp_path / "photo.png")

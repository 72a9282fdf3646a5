"""Colour appearance against scikit-image where it is installed, and against known values."""

from __future__ import annotations

import pytest
import torch

from desktop_app.numerics.appearance import lab_to_rgb, luminance, rgb_to_lab, saturation


def test_lab_as_scikit_image_has_it_and_back() -> None:
    colour = pytest.importorskip("skimage.color", reason="scikit-image is a development extra")
    image = torch.rand(3, 9, 11, generator=torch.Generator().manual_seed(0))
    lab = rgb_to_lab(image)
    wanted = torch.from_numpy(colour.rgb2lab(image.permute(1, 2, 0).double().numpy())).permute(2, 0, 1).float()
    torch.testing.assert_close(lab, wanted, rtol=0.0, atol=0.02)
    torch.testing.assert_close(lab_to_rgb(lab), image, rtol=0.0, atol=1e-4)


def test_values_outside_the_range_survive_the_way_there_and_back() -> None:
    image = torch.tensor([-0.1, 0.5, 1.2]).view(3, 1, 1)
    torch.testing.assert_close(lab_to_rgb(rgb_to_lab(image)), image, rtol=0.0, atol=1e-3)


def test_grey_has_no_saturation_and_red_all_of_it() -> None:
    image = torch.tensor([[0.4, 0.9, 0.0], [0.4, 0.0, 0.0], [0.4, 0.0, 0.0]]).view(1, 3, 1, 3)
    torch.testing.assert_close(saturation(image), torch.tensor([0.0, 1.0, 0.0]).view(1, 1, 1, 3))
    torch.testing.assert_close(luminance(image), torch.tensor([0.4, 0.2691, 0.0]).view(1, 1, 1, 3))
    assert luminance(image[:, :1]).equal(image[:, :1])

"""A kernel shows in the spectrum of the photo that it has blurred, and in no other."""

from __future__ import annotations

import pytest
import torch

from desktop_app.numerics.blur_likelihood import dents_explained, log_likelihoods
from desktop_app.numerics.fourier import convolve, gradient_power, transfer_function
from desktop_app.numerics.kernels import defocus_kernel, motion_kernel

POINT = torch.ones(1, 1)


def cloud(side: int = 160, seed: int = 0) -> torch.Tensor:
    """A picture ``(side, side)`` whose spectrum falls off like a photo's."""
    noise = torch.randn(side, side, generator=torch.Generator().manual_seed(seed))
    spectrum = torch.fft.rfft2(noise) / gradient_power((side, side)).clamp_min(1e-3).sqrt()
    picture: torch.Tensor = torch.fft.irfft2(spectrum, s=(side, side))
    return 0.5 + 0.15 * picture / picture.std()


def blurred(kernel: torch.Tensor, sigma: float = 0.5) -> torch.Tensor:
    sharp = cloud()
    spread = convolve(sharp, transfer_function(kernel, (160, 160)))
    return spread + sigma / 255.0 * torch.randn(sharp.shape, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("sigma", [0.5, 2.5])
def test_the_kernel_that_blurred_is_the_likeliest(sigma: float) -> None:
    candidates = [POINT, motion_kernel(9, 30), motion_kernel(9, 120), defocus_kernel(3)]
    for wanted in (1, 2, 3):
        values = log_likelihoods(blurred(candidates[wanted], sigma), candidates, sigma)
        assert max(range(4), key=values.__getitem__) == wanted
        assert values[wanted] > values[0] + 0.13


def test_no_kernel_explains_a_sharp_picture() -> None:
    plain, *others = log_likelihoods(blurred(POINT), [POINT, motion_kernel(9, 30), defocus_kernel(3)], 0.5)
    assert max(others) < plain


def test_a_soft_picture_has_no_dents_but_a_shaken_one_has() -> None:
    """What a lens leaves of the finest detail, a plain power of frequency takes for a blur."""
    softness = (-0.6 * gradient_power((160, 160))).exp()
    soft = 0.5 + torch.fft.irfft2(torch.fft.rfft2(cloud() - 0.5) * softness, s=(160, 160))
    line = torch.exp(-(torch.arange(-6.0, 7.0) ** 2) / (4.0 * 0.6))
    lens = line[:, None] * line / line.sum() ** 2
    plain, blurry = log_likelihoods(soft, [POINT, lens], 0.5)
    assert blurry > plain + 0.4
    assert dents_explained(soft, lens, 0.5) < 0.02
    shake = motion_kernel(9, 30)
    assert dents_explained(blurred(shake), shake, 0.5) > 0.2
    assert dents_explained(blurred(shake), motion_kernel(9, 120), 0.5) < 0.05


def test_a_picture_blurred_two_ways_is_explained_by_both_kernels_together() -> None:
    across = torch.zeros(9, 9).index_fill_(0, torch.tensor([4]), 1.0 / 9.0)
    down = across.T
    picture = torch.cat([blurred(across)[:, :80], blurred(down)[:, 80:]], dim=1)
    both, *either = log_likelihoods(picture, [torch.stack([across, down]), across, down], 0.5)
    assert both > max(either) + 0.1


def test_nothing_can_be_told_where_all_is_noise() -> None:
    assert log_likelihoods(torch.full((40, 40), 0.3), [POINT, defocus_kernel(3)], 1.0) == [0.0, 0.0]
    assert dents_explained(torch.full((40, 40), 0.3), defocus_kernel(3), 1.0) == 0.0

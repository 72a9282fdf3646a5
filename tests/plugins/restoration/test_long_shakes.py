"""Shakes far longer than the usual kernel, and what the last step keeps of a photo."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

import pytest
import torch
from torch import Tensor

from desktop_app.numerics.kernels import motion_kernel
from desktop_app.numerics.shakes import path_kernel, random_path
from desktop_app.testing import call_tool
from plugins.restoration.blind_l0.descriptor import verilens_tools
from plugins.restoration.common.last_step import energy, with_grain
from plugins.restoration.common.long_kernels import means_of
from tests.support.restoring import picture_of
from tests.support.shaken import aligned_psnr, blocks, blurred, hook, likeness, square


def long_shakes() -> Iterator[tuple[Tensor, Tensor]]:
    """Pictures, and kernels far longer than the usual one: straight and crooked ones."""
    for angle, seed in ((20, 4), (110, 4), (110, 5)):
        yield blocks(288, seed=seed), square(motion_kernel(51, angle))
    yield blocks(288, seed=4), square(path_kernel(random_path(50.0, torch.Generator().manual_seed(4))))


def test_long_shakes_are_found_whatever_their_direction() -> None:
    """Where one attempt ends is chance, a little rounding decides: asked for are the mean, and that none does harm."""
    gains, sizes = [], []
    for sharp, kernel in long_shakes():
        y = blurred(sharp, kernel, noise=1.0)
        result = call_tool(verilens_tools()[0], y)
        assert result.reports[0]["kernel_size_is_estimated"] is True
        sizes.append(result.artifacts["kernel"].shape[-1])
        before, after = (aligned_psnr(p, sharp, reach=12) for p in (y[0, 0], picture_of(result)[0, 0]))
        gains.append(after - before)
    assert 45 <= median(sizes) <= 95, sizes
    assert sum(gains) / len(gains) > 3.0, gains
    assert min(gains) > -0.5, gains


@pytest.mark.parametrize("wrong", [4, 9, 15])
def test_kernels_that_err_apart_agree_on_what_is_right(wrong: int) -> None:
    true = square(motion_kernel(41, 30))
    generator = torch.Generator().manual_seed(wrong)

    def astray() -> Tensor:
        extra = torch.zeros_like(true)
        for place in torch.randint(0, 35, (wrong, 2), generator=generator).tolist():
            extra[place[0] : place[0] + 6, place[1] : place[1] + 6] += 0.3 / 36 / wrong
        shift = torch.randint(-3, 4, (2,), generator=generator).tolist()
        return (0.7 * true + extra).roll(shift, (0, 1))

    kernels = [astray() for _ in range(4)]
    likenesses = [likeness(kernel, true) for kernel in kernels]
    assert likeness(means_of(kernels)[0], true) > max(likenesses)
    assert not means_of(kernels[:2])


def test_the_right_kernel_leaves_the_fewest_ripples() -> None:
    """A kernel too long and one that is bent leave ripples."""
    sharp, kernel = blocks(160), square(motion_kernel(33, 20))
    y = blurred(sharp, kernel, noise=1.0)[0, 0]
    wrong = [square(motion_kernel(length, angle)) for length, angle in ((41, 20), (33, 32), (25, 8))]
    of_wrong = [energy(y, other, 1.0, lambda: None) for other in wrong]
    assert energy(y, kernel, 1.0, lambda: None) < min(of_wrong)


def test_some_of_the_grain_stays_and_nothing_but_grain() -> None:
    """Of strong noise no more than of weak one, of a blot next to nothing, of white none."""
    sharp, kernel = blocks(96), hook()
    clean = blurred(sharp, kernel)[0]
    noise = 2.0 / 255.0 * torch.randn(clean.shape, generator=torch.Generator().manual_seed(1))
    kept = with_grain(clean + noise, sharp[None], kernel, lambda: None) - sharp
    inner = (slice(None), slice(8, -8), slice(8, -8))
    assert (kept[inner] - 0.5 * noise[inner]).abs().median() < 0.1 * noise.std()
    strong = with_grain(clean + 10.0 * noise, sharp[None], kernel, lambda: None) - sharp
    assert strong[inner].abs().max() < 3.5 / 255.0
    spoilt = clean + noise
    spoilt[:, 40:44, 40:44] += 0.3
    assert (with_grain(spoilt, sharp[None], kernel, lambda: None) - sharp)[inner].abs().max() < 4.0 / 255.0
    white = torch.ones(1, 40, 40)
    assert with_grain(white, 0.99 * white, kernel, lambda: None).equal(0.99 * white)

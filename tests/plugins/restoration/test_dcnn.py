"""A network after deconvolution: better than Wiener's filter with the same kernel, and it can be tuned."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from desktop_app.numerics.blurring import blurred
from desktop_app.numerics.kernels import defocus_kernel, motion_kernel
from desktop_app.numerics.shakes import path_kernel, random_path
from desktop_app.testing import Bench
from plugins.restoration.dcnn.descriptor import verilens_tools
from plugins.restoration.wiener.descriptor import verilens_tools as wieners
from tests.support.networks import BUILT_IN_NETWORKS
from tests.support.photos import SharedPhotos, colour_photo, grey_photo
from tests.support.restoring import noisy, picture_of, psnr

BENCHES = {tool.id: Bench(tool, networks=BUILT_IN_NETWORKS) for tool in (*verilens_tools(), *wieners())}
KERNELS = {
    "shake": path_kernel(random_path(14.0, torch.Generator().manual_seed(3))), "motion": motion_kernel(13.0, 25.0),
    "defocus": defocus_kernel(3.0),
}  # fmt: skip


def undone(tool: str, soft: Tensor, kernel: Tensor, **params: Any) -> Tensor:
    return picture_of(BENCHES[tool].call(soft, params, inputs={"kernel": kernel[None, None]}))


def gain(sharp: Tensor, kernel: Tensor, sigma: float) -> float:
    """By how many decibels the network is above Wiener's filter."""
    soft = noisy(blurred(sharp, kernel, lambda: None), sigma)
    ours, theirs = (psnr(undone(tool, soft, kernel, sigma=sigma), sharp) for tool in ("deblur.dcnn", "deblur.wiener"))
    return ours - theirs


def test_a_known_blur_is_undone_better_than_by_wieners_filter(photos: SharedPhotos) -> None:
    grey = [grey_photo(path)[..., :200, :200] for path in photos.all("val/bsd68_odd/*")[:2]]
    colour = [colour_photo(path)[..., 100:300, 100:300] for path in photos.all("val/mcmaster_odd/*")[:2]]
    gains = [gain(sharp, kernel, 2.0) for sharp in grey + colour for kernel in KERNELS.values()]
    assert sum(gains) / len(gains) > 0.4  # 0.5 of six photos of each set
    assert min(gains) > -0.6  # of one very colourful photo, as its page says


def test_separable_filters_do_what_the_exact_ones_do(photos: SharedPhotos) -> None:
    sharp = grey_photo(photos.all("val/bsd68_odd/*")[0])[..., :200, :200]
    soft = noisy(blurred(sharp, KERNELS["defocus"], lambda: None), 2.0)
    exact, separable = (
        psnr(undone("deblur.dcnn", soft, KERNELS["defocus"], sigma=2.0, filters=form), sharp)
        for form in ("exact", "separable")
    )
    assert abs(exact - separable) < 0.3


def test_tuning_learns_the_kernel_in_hand_and_does_no_harm(photos: SharedPhotos) -> None:
    sharp = grey_photo(photos.all("val/bsd68_odd/*")[1])[..., :224, :224]
    soft = noisy(blurred(sharp, KERNELS["motion"], lambda: None), 2.0)
    plain, tuned = (undone("deblur.dcnn", soft, KERNELS["motion"], sigma=2.0, tuning=steps) for steps in (0, 20))
    assert not tuned.equal(plain)
    assert psnr(tuned, sharp) > psnr(plain, sharp) - 0.05


@pytest.mark.parametrize("channels", [1, 3])
def test_what_has_no_blur_or_no_room_comes_back_as_it_is(channels: int) -> None:
    photo = torch.rand((1, channels, 24, 30), generator=torch.Generator().manual_seed(0))
    assert undone("deblur.dcnn", photo, torch.ones(1, 1)).equal(photo)
    assert undone("deblur.dcnn", photo[..., :5, :], torch.ones(1, 3)).equal(photo[..., :5, :])

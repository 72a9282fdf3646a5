"""The enlargers' lessons: small photos are reduced as published figures ask, and the networks learn what is lacking."""

from __future__ import annotations

import math

import pytest
import torch

from desktop_app.numerics.resize import downsample_bicubic, upsample_bicubic
from plugins.restoration.common.enlarging import SCALES, fine_luma, folded, without_brightness
from plugins.restoration.srcnn.network import REACH as SRCNN_REACH
from plugins.restoration.vdsr.network import REACH as VDSR_REACH
from training.chance import drawn_by
from training.lesson import Lesson
from training.lessons import lesson_of
from training.lessons.enlarging import luma_psnr, reduced
from training.restoring import built

LESSONS = {name: lesson_of(name) for name in ("superres_srcnn", "superres_vdsr")}
REACHES = {"superres_srcnn": SRCNN_REACH, "superres_vdsr": VDSR_REACH}
each = pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)


def edges(height: int, width: int) -> torch.Tensor:
    y, x = torch.meshgrid(torch.arange(float(height)), torch.arange(float(width)), indexing="ij")
    plane = 0.5 + 0.3 * torch.sin((x + 0.6 * y) / 4).sign()
    return torch.stack([plane * (1 - 0.2 * c) for c in range(3)])[None]


def test_a_folded_enlargement_is_the_enlargement() -> None:
    small = torch.rand(2, 1, 9, 11)
    for scale in SCALES:
        planes = folded(small, scale)
        assert planes.shape == (2, scale * scale, 9, 11)
        assert torch.nn.functional.pixel_shuffle(planes, scale).equal(upsample_bicubic(small, scale))
        torch.testing.assert_close(without_brightness(planes + 0.3), without_brightness(planes), rtol=0, atol=1e-6)


@pytest.mark.parametrize("scale", SCALES)
def test_small_photos_are_as_files_hold_them(scale: int) -> None:
    pair = reduced(edges(49, 50), scale)
    assert pair.wanted.shape == (1, 1, 49 // scale * scale, 50 // scale * scale)
    exact = downsample_bicubic(pair.wanted, scale)
    assert float((pair.given - exact).abs().max()) <= 0.5 / 255.0 + 1e-6
    assert torch.allclose(pair.given * 255, (pair.given * 255).round(), atol=1e-4)


def test_the_figure_is_that_of_published_tables() -> None:
    wanted = torch.full((1, 1, 20, 20), 0.5)
    found = wanted + 0.1
    found[..., :3, :] = 5.0  # the border does not count
    assert luma_psnr(found, wanted, 3) == pytest.approx(-20 * math.log10(0.1 * 219 / 255), abs=1e-4)


@each
def test_a_few_steps_lower_the_loss(lesson: Lesson) -> None:
    torch.manual_seed(0)
    network = built(lesson.factory)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    pair = reduced(edges(48, 48), 3)
    before = float(lesson.loss(network, pair).detach())
    for _ in range(12):
        optimizer.zero_grad()
        lesson.loss(network, pair).backward()
        optimizer.step()
    assert float(lesson.loss(network, pair).detach()) < 0.9 * before


@each
def test_all_scales_are_drawn(lesson: Lesson) -> None:
    sizes = {lesson.pairs(edges(48, 48), drawn_by(seed)).given.shape[-1] for seed in range(20)}
    assert sizes == {24, 16, 12}


@pytest.mark.parametrize("name", LESSONS)
def test_a_pixel_looks_no_further_than_it_says(name: str) -> None:
    torch.manual_seed(0)
    network, reach = built(LESSONS[name].factory), REACHES[name]
    small = torch.rand(1, 1, 2 * reach + 9, 2 * reach + 9, requires_grad=True)
    middle = reach + 4
    for scale in SCALES:
        pixel = fine_luma(network, small, scale)[0, 0, middle * scale : (middle + 1) * scale, middle * scale].sum()
        (gradient,) = torch.autograd.grad(pixel, small)
        rows = gradient[0, 0].abs().amax(1).nonzero()[:, 0]
        assert int((rows - middle).abs().max()) <= reach
